import { type DecisionEvent, type Limits, outcomeOf } from '../../core/domain/events.ts';
import { instant } from '../../core/domain/vocabulary.ts';
import type { DecisionFacts, FactsBefore } from './decision-facts.ts';
import type { BasisAnew, DecisionMetrics, Evidence, Found, Purpose } from './decision-metrics.ts';

/** What of the registry says what actions are for. */
export interface Policies {
  policy(document: string): Promise<{
    readonly actions: readonly { readonly id: string; readonly effects: readonly string[] }[];
  }>;
}

/** @returns counts one event, at once where the event says all; settles when all of it is counted */
export function createEventCounter(
  metrics: DecisionMetrics,
  policies: Policies,
): (event: DecisionEvent, factsBefore: FactsBefore) => Promise<void> {
  /** A decision is counted even where nothing more can be learned of it. */
  const purposeOf = async (factsBefore: FactsBefore): Promise<Purpose> => {
    try {
      const facts = await factsBefore();
      if (facts === undefined) return 'unknown';
      const { actions } = await policies.policy(facts.policyDigest);
      const action = actions.find(({ id }) => id === facts.action);
      if (action === undefined) return 'unknown';
      return action.effects.includes('rollback')
        ? 'rollback'
        : action.effects.includes('promotion')
          ? 'promotion'
          : 'other';
    } catch {
      return 'unknown';
    }
  };
  const expired = (evidence: Evidence, found: Found): void => metrics.evidenceExpired.inc({ evidence, found });

  const countEnd = async (event: DecisionEvent, factsBefore: FactsBefore): Promise<void> => {
    const outcome = outcomeOf(event);
    if (outcome === undefined) return;
    const action = await purposeOf(factsBefore);
    metrics.closed.inc({ outcome, action });
    if (event.event_type === 'decision.denied') metrics.denied.inc({ code: event.code, action });
  };

  const countRefusal = async (
    { code, timestamp }: Extract<DecisionEvent, { event_type: 'statement.refused' }>,
    factsBefore: FactsBefore,
  ): Promise<void> => {
    metrics.refused.inc({ code });
    if (code === 'receipt.late') metrics.receipts.inc({ arrived: 'after_end', result: 'none' });
    if (code !== 'claim.expired') return;
    const limits = (await factsBefore())?.routing?.limits;
    for (const evidence of limits === undefined ? [] : expiredBy(limits, timestamp)) expired(evidence, 'claim');
  };

  const countApproval = async (at: number, factsBefore: FactsBefore): Promise<void> => {
    const facts = await factsBefore();
    if (isCompletedNow(facts)) metrics.approvalSeconds.observe(Math.max(0, at - facts.routing.at) / 1000);
  };

  return async (event, factsBefore) => {
    switch (event.event_type) {
      case 'policy.evaluated':
        for (const { used } of event.waivers ?? []) metrics.waivers.inc({ used: used ? 'yes' : 'no' });
        return metrics.policyResults.inc({ result: event.result });
      case 'risk.evaluated':
        metrics.riskBands.inc({ band: event.risk_band });
        return metrics.riskScore.observe(event.risk_score);
      case 'condition.settled':
        return metrics.conditions.inc({ what: event.verdict });
      case 'decision.reevaluated':
        return metrics.reevaluated.inc({ basis: basisAnew(event) });
      case 'authority.approved':
        metrics.conditions.inc({ what: 'asked' }, event.conditions?.length ?? 0);
        return event.satisfied ? countApproval(instant(event.timestamp), factsBefore) : undefined;
      case 'override.breakglass':
        return metrics.overrides.inc({ what: 'broken' });
      case 'override.reviewed':
        return metrics.overrides.inc({ what: event.late ? 'reviewed_late' : 'reviewed' });
      case 'execution.cleared':
        return metrics.clearances.inc({ by: event.override === undefined ? 'route' : 'override' });
      case 'authority.reminded':
        return metrics.notices.inc({ kind: 'reminder' });
      case 'authority.escalated':
        return metrics.notices.inc({ kind: 'escalation' });
      case 'operation.nudged':
        return metrics.operations.inc({ act: 'nudge' });
      case 'operation.extended':
        return metrics.operations.inc({ act: 'extension' });
      case 'operation.reassigned':
        return metrics.operations.inc({ act: 'reassignment' });
      case 'statement.refused':
        return countRefusal(event, factsBefore);
      case 'statements.discarded':
        for (const [code, count] of Object.entries(event.counts)) metrics.discarded.inc({ code }, count);
        return;
      case 'execution.confirmed':
        metrics.receipts.inc({ arrived: event.late ? 'late' : 'in_time', result: event.execution.result });
        return countEnd(event, factsBefore);
      case 'execution.unconfirmed':
        metrics.receipts.inc({ arrived: 'never', result: 'none' });
        return countEnd(event, factsBefore);
      case 'decision.denied':
        if (event.code === 'evidence.stale') expired('packet', 'evaluation');
        if (event.code === 'rollback.stale') expired('rollback_test', 'evaluation');
        return countEnd(event, factsBefore);
      case 'decision.expired':
        if (event.limit === 'evidence_valid_until') expired('packet', 'waiting');
        if (event.limit === 'rollback_valid_until') expired('rollback_test', 'waiting');
        return countEnd(event, factsBefore);
      default:
        return countEnd(event, factsBefore);
    }
  };
}

function basisAnew({ basis, changed }: Extract<DecisionEvent, { event_type: 'decision.reevaluated' }>): BasisAnew {
  if (basis.after === null) return 'denied';
  return changed.length === 0 ? 'same' : 'changed';
}

/** An approval beyond those that were needed completes nothing, nor does one in the place of another that ended. */
function isCompletedNow(
  facts: DecisionFacts | undefined,
): facts is DecisionFacts & { readonly routing: NonNullable<DecisionFacts['routing']> } {
  return facts !== undefined && facts.routing !== null && !facts.wasAuthorized;
}

function expiredBy(limits: Limits, at: string): readonly Evidence[] {
  const packet: readonly Evidence[] = limits.evidence_valid_until <= at ? ['packet'] : [];
  const { rollback_valid_until: rollback } = limits;
  return rollback !== null && rollback <= at ? [...packet, 'rollback_test'] : packet;
}
