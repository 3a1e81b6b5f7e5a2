import { z } from 'zod';
import type { ApprovalCondition } from '../core/domain/statements.ts';
import { line, name, timestampText } from '../documents/primitives.ts';
import { readYaml } from '../documents/policy-yaml.ts';
import { readShape } from '../documents/read-document.ts';
import { readText } from './files.ts';

/** Conditions as an approver writes them down. */
const conditionsSchema = z
  .array(
    z.strictObject({
      id: name,
      what: line,
      due: timestampText,
      role: name,
      stops: name.exactOptional(),
      before: z.literal('clearance').exactOptional(),
    }),
  )
  .min(1)
  .max(16);

/** @throws CliError `file.unreadable`; PolicyError `policy.syntax`, since its YAML is that of policies; DocumentError. */
export function readConditionsFile(path: string): readonly ApprovalCondition[] {
  return readShape(conditionsSchema, readYaml(readText(path)).value);
}
