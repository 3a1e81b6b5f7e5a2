import { digestJson } from '../../core/canon/index.ts';
import type { Policy } from '../../documents/policy.ts';
import { ACTORS, about, fixtureEvidence } from '../documents/fixtures.ts';
import { endorsedPolicy, fixturePolicy, MiniatureService, type Setup } from './fixture-pack.ts';

/** Policies of which each is decided on under the one before it. */

export const CHANGE = { action: 'policy.change', target: 'policy/gateway' } as const;

/** The fixture's policy, which says how it is succeeded. */
export function succeeding(overrides: Partial<Policy> = {}): Policy {
  const policy = fixturePolicy();
  return {
    ...policy,
    targets: [
      ...policy.targets,
      {
        id: CHANGE.target,
        environment: 'production',
        system: 'countersign',
        sensitivity: [],
        blast_radius: 'multi_system',
        executors: [ACTORS.deployer],
      },
    ],
    actions: [
      ...policy.actions,
      {
        id: CHANGE.action,
        class: 'deploy',
        effects: ['evaluator_change'],
        irreversible: false,
        evidence: ['candidate'],
      },
    ],
    routes: [
      ...policy.routes,
      { id: 'policy', when: 'request.action == "policy.change"', slots: [{ role: 'executive', signatures: 1 }] },
    ],
    succession: CHANGE,
    ...overrides,
  };
}

/** What follows a policy, under the next minor version. */
export function following(before: Policy, changes: Partial<Policy> = {}): Policy {
  const serial = before.serial + 1;
  return { ...before, version: `1.${serial + 1}.0`, serial, predecessor: digestJson(before), ...changes };
}

/** What a decision under `before` on `next` begins with. */
export function setupOf(
  before: Policy,
  next: Policy,
  { request, ...setup }: Pick<Setup, 'request' | 'policy' | 'roster' | 'admitted'> = {},
): Setup {
  const digest = digestJson(next);
  const packet = about({ ...fixtureEvidence(), subject: digest }, digest);
  const { candidate } = packet.sections;
  if (candidate === undefined) throw new TypeError('the packet has a candidate section');
  return {
    policy: endorsedPolicy(before),
    packet: { ...packet, sections: { ...packet.sections, candidate: { ...candidate, digest } } },
    request: {
      ...CHANGE,
      candidate: { name: CHANGE.target, version: next.version, digest },
      idempotency_key: `${CHANGE.target}@${digest}`,
      ...request,
    },
    ...setup,
  };
}

/** As far as routed. */
export function proposed(...given: Parameters<typeof setupOf>): MiniatureService {
  return new MiniatureService(setupOf(...given)).open().evaluate();
}

/** The same, approved, and cleared for whoever executes it. */
export function cleared(...given: Parameters<typeof proposed>): MiniatureService {
  const service = proposed(...given);
  const { target } = service.request.statement;
  const approved = given[2]?.request?.action === undefined ? { signer: ACTORS.secondExecutive } : {};
  return service.approve(approved).claim({ target });
}

/** The same, and executed. */
export function decided(...given: Parameters<typeof proposed>): MiniatureService {
  const service = cleared(...given);
  const { target } = service.request.statement;
  return service.confirm({ target, subject: digestJson(given[1]) });
}
