import type { GateResult } from '../../core/domain/vocabulary.ts';
import { compileExpression } from '../expression.ts';
import type { Facts } from '../facts.ts';
import type { PolicyProgram } from '../policy-program.ts';
import { subsets } from './combinations.ts';
import { verdictOf } from './verdict.ts';

/** Most gates that routes ask for by name and that are open at once; beyond, what triggered is unknown. */
const MOST_OPEN = 6;

/** `"ID" in gates.triggered`, the one form whose answer can be told for each gate by itself. */
const MEMBERSHIP = /(["'])([^"'\\]*)\1\s+in\s+gates\.triggered\b(?!\s*[.[])/g;

/** Ids that a route's condition asks for among the gates that triggered. */
export function gatesAskedFor(when: string): readonly string[] {
  return [...when.matchAll(MEMBERSHIP)].map(([, , id = '']) => id);
}

/** What all gates together can come to, less a denial: that one is never routed. */
export interface GateOutcome {
  readonly result: Exclude<GateResult, 'deny'>;
  /** Of those that routes ask for by name; null where that is unknown. */
  readonly triggered: readonly string[] | null;
}

/** Every outcome under these partial facts; none where a gate denies whatever comes. */
export function gateOutcomes(program: PolicyProgram, facts: Facts): readonly GateOutcome[] {
  const held: string[] = [];
  const open: { readonly id: string; readonly escalates: boolean }[] = [];
  let escalates = false;
  const waivable = new Set(program.policy.waivers?.gates);
  for (const { gate, when } of program.gates) {
    const verdict = verdictOf(when, facts);
    if (verdict === 'fails') continue;
    // What is waived counts as an escalation, and its gate is among those that triggered.
    const asks = gate.result === 'escalate' || (!gate.hard && waivable.has(gate.id));
    if (gate.hard || (gate.result === 'deny' && !asks)) {
      if (verdict === 'holds') return [];
    } else if (verdict === 'holds') {
      held.push(gate.id);
      escalates ||= asks;
    } else {
      open.push({ id: gate.id, escalates: asks });
    }
  }
  const asked = askedFor(program);
  const openAsked = open.filter(({ id }) => asked?.has(id));
  if (asked === null || openAsked.length > MOST_OPEN) {
    return results(escalates, open.length > 0).map((result) => ({ result, triggered: null }));
  }
  return subsets(openAsked).flatMap((taken) => {
    // A gate that cannot be evaluated escalates, also one that allows.
    const others = open.some((one) => !asked.has(one.id)) || taken.some((one) => !one.escalates);
    const triggered = [...held, ...taken.map(({ id }) => id)];
    return results(escalates || taken.some((one) => one.escalates), others).map((result) => ({ result, triggered }));
  });
}

/** Every list of what triggered, of the gates that routes ask for; the unknown one where they are too many. */
export function triggeredLists(program: PolicyProgram): readonly (readonly string[] | null)[] {
  const asked = askedFor(program);
  const ids = program.policy.gates.flatMap(({ id }) => (asked?.has(id) ? [id] : []));
  return asked === null || ids.length > MOST_OPEN ? [null] : subsets(ids);
}

/** Ids that the routes ask for; null where they ask in another form. */
function askedFor({ policy: { routes } }: PolicyProgram): ReadonlySet<string> | null {
  if (routes.some(({ when }) => asksOtherwise(when))) return null;
  return new Set(routes.flatMap(({ when }) => gatesAskedFor(when)));
}

function results(must: boolean, may: boolean): readonly GateOutcome['result'][] {
  if (must) return ['escalate'];
  return may ? ['allow', 'escalate'] : ['allow'];
}

/** Whether a condition reads the list of what triggered in any form but {@link MEMBERSHIP}. */
function asksOtherwise(when: string): boolean {
  if (!when.includes('triggered')) return false;
  const rest = compileExpression(when.replaceAll(MEMBERSHIP, 'false'), 'route');
  return !rest.ok || rest.expression.reads.some(([root, member]) => root === 'gates' && member === 'triggered');
}
