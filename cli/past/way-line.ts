import type { Affected } from '../../evaluation/descent.ts';

/** One affected decision, and from what by which way. */
export function wayLine({ decisionId, target, relation, by }: Affected): string {
  return `${decisionId}  ${target}: ${SAYS[relation]} ${by.join(' -> ')}`;
}

const SAYS = { is: 'is', descends: 'descends by', signed: 'counts what was signed by', rests: 'rests on' } as const;
