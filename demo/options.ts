import { parseArgs } from 'node:util';
import { hasCode } from '../core/errors.ts';
import { DemoError } from './errors.ts';

export interface DemoOptions {
  /** Leave servers and worker running until a signal comes. */
  readonly keep: boolean;
  /** New or empty folder for what the demo leaves; `demo-out` of the project, replaced, unless given. */
  readonly out: string | undefined;
}

export const USAGE = `usage: npm run demo -- [--keep] [--out FOLDER]

  --keep        leave Temporal, Valkey and the worker running until Ctrl-C, and say what to try
  --out FOLDER  new or empty folder for packs, trust file and evidence (default: demo-out, replaced)
`;

/** @returns null where only help was asked for. @throws DemoError `demo.usage` */
export function readOptions(words: readonly string[]): DemoOptions | null {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        keep: { type: 'boolean', default: false },
        out: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    return values.help ? null : { keep: values.keep, out: values.out };
  } catch (error) {
    throw new DemoError('demo.usage', {
      message: `${hasCode(error) || error instanceof Error ? error.message : String(error)}\n\n${USAGE}`,
    });
  }
}
