import type { Section } from './item.ts';
import { AUTHORITY } from './items/authority.ts';
import { EMERGENCY } from './items/emergency.ts';
import { EVIDENCE } from './items/evidence.ts';
import { EXECUTION } from './items/execution.ts';
import { INTAKE } from './items/intake.ts';
import { LEDGER } from './items/ledger.ts';
import { OPERATION } from './items/operation.ts';
import { PACK } from './items/pack.ts';
import { POLICY } from './items/policy.ts';
import { RISK } from './items/risk.ts';

/** In the order of their numbers. */
export const SECTIONS: readonly Section[] = [
  LEDGER,
  INTAKE,
  POLICY,
  RISK,
  AUTHORITY,
  EMERGENCY,
  EXECUTION,
  EVIDENCE,
  PACK,
  OPERATION,
];
