import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../core/canon/index.ts';
import { withoutKeys } from '../../documents/roster-reader.ts';
import type { Roster } from '../../documents/roster.ts';
import { readStatement } from '../../documents/statements.ts';
import {
  admitStatement,
  dutiesOfKey,
  inForceFacts,
  type Matter,
  matterOf,
  permitFacts,
  requestFacts,
} from '../../evaluation/admission.ts';
import {
  ACTORS,
  CANDIDATE,
  copy,
  DECISION_ID,
  digestOf,
  fixtureRoster,
  fixtureRosterIndex,
  grant,
  keyFrom,
  keyOfActor,
  ORIGIN,
  read,
  rosterDigest,
  rosterKey,
  signedApproval,
  signedEvaluation,
  signedCancellation,
  signedClaim,
  signedDelegation,
  signedExtension,
  signedReassignment,
  signedEvidence,
  signedPermit,
  signedReceipt,
  signedRejection,
  signedRequest,
  signedStatements,
  T,
  TENANT,
} from '../documents/fixtures.ts';
import { refused } from '../documents/refusal.ts';
import { policy, policyWith } from './given.ts';

const request = readStatement(signedRequest(), 'request');
const evidence = readStatement(signedEvidence(), 'evidence');
const matter: Matter = {
  decisionId: DECISION_ID,
  request: request.statement,
  environment: 'production',
  origins: {
    requester: ACTORS.pipeline,
    creators: [ACTORS.creator],
    evidenceAuthor: ACTORS.author,
    evaluator: null,
    waiverAuthors: [],
  },
  keys: { requester: request.keyId, evidenceAuthor: evidence.keyId, evaluator: null, waiverAuthors: [] },
};
const roster = fixtureRosterIndex();

/** The fixture roster with one of its entries changed. */
function rosterWith(
  actorId: string,
  change: (entry: ReturnType<typeof copy<Roster['persons'][number]>>) => void,
): Roster {
  const changed = copy(fixtureRoster());
  const entry = [...changed.persons, ...changed.workloads].find(({ actor_id }) => actor_id === actorId);
  if (entry === undefined) throw new TypeError(`no ${actorId} in the roster`);
  change(entry as never);
  return changed as Roster;
}

function rosterWithout(actorId: string): Roster {
  const { persons, workloads } = fixtureRoster();
  return fixtureRoster({
    persons: persons.filter(({ actor_id }) => actor_id !== actorId),
    workloads: workloads.filter(({ actor_id }) => actor_id !== actorId),
  });
}

describe('a key that signed the request or the evidence', () => {
  it.each([
    ['request', request.keyId, ['requester']],
    ['evidence', evidence.keyId, ['evidence_author']],
  ] as const)('of the %s bars whoever holds it by now, under whatever id', (_what, keyId, duties) => {
    expect(dutiesOfKey(keyId, matter)).toEqual(duties);
    // The roster has since given that very key to an executive, who made nothing and asked for nothing.
    const actor = keyId === request.keyId ? ACTORS.pipeline : ACTORS.author;
    const key = keyOfActor(actor);
    const renamed = rosterWithout(actor);
    const persons = renamed.persons.map((person) =>
      person.actor_id === ACTORS.executive ? { ...person, keys: [rosterKey(ACTORS.executive, key)] } : person,
    );
    const index = fixtureRosterIndex({ ...renamed, persons });
    const approval = readStatement(signedApproval({ signer: ACTORS.executive, roles: ['executive'] }, key), 'approval');
    expect(admitStatement(approval, index, matter, T.approved).signer.duties).toEqual(duties);
  });

  it('of the evaluation card bars as well', () => {
    const { publicKey } = keyOfActor(ACTORS.executive);
    const card = readStatement(signedEvaluation({ signer: ACTORS.executive }), 'evaluation');
    const carded = matterOf(request, null, evidence, card, []);
    expect(carded.origins.evaluator).toBe(ACTORS.executive);
    expect(dutiesOfKey(publicKey.keyId, carded)).toEqual(['evaluator']);
  });

  it('bars nobody else', () => {
    expect(dutiesOfKey(keyOfActor(ACTORS.executive).publicKey.keyId, matter)).toEqual([]);
  });
});

describe('the matter of a request', () => {
  it('has its environment from the policy, whatever the request says', () => {
    const [target] = policy.targets;
    if (target === undefined) throw new Error('the example policy has no target');
    const staging = policyWith({ targets: [{ ...target, id: request.statement.target, environment: 'staging' }] });
    expect(request.statement.context['environment']).toBe('production');
    expect(matterOf(request, staging, evidence, null, []).environment).toBe('staging');
  });

  // shows: R17
  it('is in production where the policy names no such target, or cannot be read (ruling 13)', () => {
    const lenient = readStatement(signedRequest({ context: { environment: 'dev' } }), 'request');
    expect(matterOf(lenient, policyWith({ targets: [] }), evidence, null, []).environment).toBe('production');
    expect(matterOf(lenient, null, evidence, null, []).environment).toBe('production');
  });

  it('knows whose hands were on it', () => {
    expect(matterOf(request, null, evidence, null, [])).toEqual(matter);
    expect(matterOf(request, null, null, null, []).origins.evidenceAuthor).toBeNull();
  });
});

describe('the facts of a request', () => {
  it('are its own members, its signer and its digest', () => {
    const { summary, evidence } = request.statement;
    const inForce = { serial: 1, digest: rosterDigest(), endorsements: [digestOf('endorsement')] };
    expect(requestFacts(request, inForce)).toEqual({
      requester: ACTORS.pipeline,
      request: {
        origin: ORIGIN,
        tenant: TENANT,
        request: request.digest,
        actor_role: 'operator',
        action: 'deploy.change',
        target: 'prod-gateway-01',
        candidate: CANDIDATE,
        creators: [ACTORS.creator],
        evidence,
        policy_version: '1.2.0',
        policy_digest: digestOf('policy 1.2.0'),
        context: { environment: 'production', system: 'gateway', change_type: 'config_update', ticket: 'CHG-1042' },
        summary,
        roster: inForce,
      },
    });
  });
});

describe('an admitted statement', () => {
  const admit = (envelope: Envelope, at: string = T.approved, of: Matter = matter) =>
    admitStatement(read(envelope), roster, of, at);

  it.each([
    ['approval', signedApproval(), ACTORS.executive, ['executive'], []],
    ['rejection', signedRejection(), ACTORS.securityOwner, ['security_owner'], []],
    ['cancellation', signedCancellation(), ACTORS.pipeline, ['operator'], ['requester']],
    ['claim', signedClaim(), ACTORS.deployer, ['executor'], []],
    ['receipt', signedReceipt(), ACTORS.deployer, ['executor'], []],
  ] as const)('of kind %s', (_, envelope, actor, roles, duties) => {
    const { digest, statement } = read(envelope);
    const kind = actor.startsWith('w-') ? 'workload' : 'person';
    expect(admit(envelope, T.finished)).toEqual({ digest, statement, signer: { kind, roles, duties } });
    expect(statement.signer).toBe(actor);
  });

  // shows: R49
  it.each([
    [
      'in an environment of the grant',
      ACTORS.releaseOwner,
      'staging',
      'deploy.change',
      ['model_owner', 'release_owner'],
    ],
    ['in another', ACTORS.releaseOwner, 'production', 'deploy.change', ['release_owner']],
    ['for an action of the grant', ACTORS.executive, 'production', 'deploy.change', ['executive']],
    ['for another', ACTORS.executive, 'production', 'read.report', []],
  ] as const)('has the roles that its signer holds %s', (_, signer, environment, action, roles) => {
    const here = { ...matter, environment, request: { ...matter.request, action } };
    expect(admit(signedApproval({ signer }), T.approved, here).signer.roles).toEqual(roles);
  });

  it('has the roles that its signer holds at the time, from the first instant to before the last', () => {
    const grants = [grant('executive', { valid_from: T.requested, valid_until: T.cleared })];
    const index = fixtureRosterIndex(rosterWith(ACTORS.executive, (entry) => Object.assign(entry, { grants })));
    const rolesAt = (at: string) => admitStatement(read(signedApproval()), index, matter, at).signer.roles;
    expect([T.requested, T.claimed, T.cleared].map(rolesAt)).toEqual([['executive'], ['executive'], []]);
  });

  it.each([
    ['the controller of the workload that asked', ACTORS.requester, ['requester_controller']],
    ['the creator', ACTORS.creator, ['candidate_creator']],
    ['the evidence author', ACTORS.author, ['evidence_author']],
    ['the workload that asked', ACTORS.pipeline, ['requester']],
  ] as const)('of %s is admitted with the duty, for the decision to refuse it on record', (_, signer, duties) => {
    expect(admit(signedApproval({ signer })).signer.duties).toEqual(duties);
  });

  const REFUSED: readonly [says: string, envelope: Envelope, code: string, path: string][] = [
    ['a request', signedRequest(), 'statement.kind', '$.payloadType'],
    ['evidence', signedEvidence(), 'statement.kind', '$.payloadType'],
    ['a permit', signedPermit(), 'statement.kind', '$.payloadType'],
    ['an acknowledgement', signedStatements.acknowledgement(), 'statement.kind', '$.payloadType'],
    ['an endorsement', signedStatements.endorsement(), 'statement.kind', '$.payloadType'],
    ['a proof of possession', signedStatements.possession(), 'statement.kind', '$.payloadType'],
    ['another installation', signedApproval({ origin: 'other.example' }), 'document.origin', '$.payload.origin'],
    ['another tenant', signedApproval({ tenant: 'globex' }), 'document.tenant', '$.payload.tenant'],
    [
      'another decision',
      signedApproval({ decision_id: anotherDecision() }),
      'statement.decision',
      '$.payload.decision_id',
    ],
    [
      'a signer whom nobody knows',
      signedApproval({ signer: 'p-nobody' }, keyFrom('p-nobody')),
      'statement.signer_unknown',
      '$.payload.signer',
    ],
    [
      'a key that nobody knows',
      signedApproval({}, keyFrom('a new key')),
      'statement.key_unknown',
      '$.signatures[0].keyid',
    ],
    [
      "another's key",
      signedApproval({}, keyOfActor(ACTORS.secondExecutive)),
      'statement.key_owner',
      '$.signatures[0].keyid',
    ],
    [
      'the key of a workload that the signer controls',
      signedApproval({ signer: ACTORS.releaseOwner }, keyOfActor(ACTORS.deployer)),
      'statement.key_owner',
      '$.signatures[0].keyid',
    ],
    [
      'a signature over other bytes',
      { ...signedApproval(), payload: signedApproval({ roles: ['release_owner'] }).payload },
      'statement.signature',
      '',
    ],
    [
      'a time that has not come',
      signedApproval({ signed_at: T.permitEnds, expires_at: T.confirmBy }),
      'statement.from_the_future',
      '$.payload.signed_at',
    ],
    [
      'an end before its beginning',
      signedApproval({ expires_at: T.approved }),
      'statement.lifetime',
      '$.payload.signed_at',
    ],
  ];

  // shows: R41, R46
  it.each(REFUSED)('is none: %s', (_, envelope, code, path) => {
    const [gotCode, gotPath] = refused(() => admit(envelope));
    expect([gotCode, path === '' ? '' : gotPath]).toEqual([code, path]);
  });

  it('is none where the key is not in force at admission, whenever it says it was signed', () => {
    const keys = [rosterKey(ACTORS.executive, undefined, { valid_until: T.claimed })];
    const index = fixtureRosterIndex(rosterWith(ACTORS.executive, (entry) => Object.assign(entry, { keys })));
    const admitAt = (at: string) => admitStatement(read(signedApproval()), index, matter, at);
    expect(admitAt(T.approved).signer.kind).toBe('person');
    expect(refused(() => admitAt(T.claimed))).toEqual(['statement.key_window', '$.signatures[0].keyid']);
  });

  it("is none under another tenant's roster", () => {
    const foreign = fixtureRosterIndex(fixtureRoster({ tenant: 'globex', persons: [], workloads: [] }));
    expect(refused(() => admitStatement(read(signedApproval()), foreign, matter, T.approved))).toEqual([
      'document.tenant',
      '$.roster.tenant',
    ]);
  });
});

function anotherDecision(): string {
  return readStatement(signedRequest({ idempotency_key: 'another' }), 'request').statement.decision_id;
}

describe('what a claim finds in the roster in force', () => {
  const claim = read(signedClaim());
  const first = read(signedApproval());
  const second = read(signedApproval({ signer: ACTORS.releaseOwner, roles: ['release_owner'] }));
  const facts = (now: Roster, of: Matter = matter, at: string = T.claimed, soleSigner: string | null = null) => {
    const reference = { serial: now.serial, digest: rosterDigest(now), endorsements: [digestOf('endorsement')] };
    return inForceFacts(claim, [first, second], { index: fixtureRosterIndex(now), reference, soleSigner }, of, at);
  };

  it('is everybody where nothing changed, with the roster by its reference', () => {
    const now = fixtureRoster();
    expect(facts(now)).toEqual({
      roster: { serial: 1, digest: rosterDigest(now), endorsements: [digestOf('endorsement')] },
      ineligible: [],
      executorEligible: true,
    });
  });

  it('is not whoever alone endorsed that roster', () => {
    expect(facts(fixtureRoster(), matter, T.claimed, ACTORS.executive).ineligible).toEqual([first.digest]);
    expect(facts(fixtureRoster(), matter, T.claimed, 'p-roster').ineligible).toEqual([]);
  });

  const executive = (change: object) => rosterWith(ACTORS.executive, (entry) => Object.assign(entry, change));
  it.each<readonly [says: string, now: Roster]>([
    ['the person is gone', rosterWithout(ACTORS.executive)],
    ['the key is gone', executive({ keys: [] })],
    ['the key was replaced', executive({ keys: [rosterKey(ACTORS.executive, keyFrom('new key of p-dune'))] })],
    ['the key has ended', executive({ keys: [rosterKey(ACTORS.executive, undefined, { valid_until: T.claimed })] })],
    ['the role is gone', executive({ grants: [] })],
    ['the role is another', executive({ grants: [grant('auditor')] })],
    ['the role has ended', executive({ grants: [grant('executive', { valid_until: T.claimed })] })],
    ['the role is for other environments', executive({ grants: [grant('executive', { environments: ['dev'] })] })],
    ['the role is for other actions', executive({ grants: [grant('executive', { actions: ['read.report'] })] })],
    [
      'the person now controls the workload that asked',
      rosterWith(ACTORS.pipeline, (entry) =>
        Object.assign(entry, { controlled_by: [ACTORS.requester, ACTORS.executive] }),
      ),
    ],
  ])('is not an approver of whom %s', (_, now) => {
    expect(facts(now)).toMatchObject({ ineligible: [first.digest], executorEligible: true });
  });

  it('is not an approver who offered two roles and holds one of them still', () => {
    const two = read(signedApproval({ roles: ['executive', 'security_owner'] }));
    const index = fixtureRosterIndex(executive({ grants: [grant('executive')] }));
    const reference = { serial: 1, digest: digestOf('r'), endorsements: [] };
    expect(inForceFacts(claim, [two], { index, reference }, matter, T.claimed).ineligible).toEqual([two.digest]);
  });

  describe('of an approval in the place of an executive', () => {
    const delegation = read(signedDelegation());
    const inPlace = read(signedApproval({ signer: ACTORS.securityOwner, delegation: delegation.digest }));
    const outside = (now: Roster) => {
      const reference = { serial: 1, digest: rosterDigest(now), endorsements: [] };
      return inForceFacts(
        claim,
        [inPlace, delegation],
        { index: fixtureRosterIndex(now), reference },
        matter,
        T.claimed,
      ).ineligible;
    };
    const delegate = (change: object) => rosterWith(ACTORS.securityOwner, (entry) => Object.assign(entry, change));

    it('is nobody where nothing changed, though the delegate does not hold the role', () => {
      expect(outside(fixtureRoster())).toEqual([]);
      expect(outside(delegate({ grants: [] }))).toEqual([]);
    });

    it.each<readonly [says: string, now: Roster]>([
      ['the person is gone', rosterWithout(ACTORS.executive)],
      ['the key is gone', executive({ keys: [] })],
      ['the role is gone', executive({ grants: [] })],
      [
        'the person now controls the workload that asked',
        rosterWith(ACTORS.pipeline, (entry) =>
          Object.assign(entry, { controlled_by: [ACTORS.requester, ACTORS.executive] }),
        ),
      ],
    ])('is a delegation by whom %s', (_, now) => {
      expect(outside(now)).toEqual([delegation.digest]);
    });

    it('is approval and delegation where the delegate is gone, or has a duty by now', () => {
      const both = [delegation.digest, inPlace.digest].sort();
      expect(outside(rosterWithout(ACTORS.securityOwner))).toEqual(both);
      const controls = rosterWith(ACTORS.pipeline, (entry) =>
        Object.assign(entry, { controlled_by: [ACTORS.requester, ACTORS.securityOwner] }),
      );
      expect(outside(controls)).toEqual(both);
    });

    it('is the approval alone where its key was replaced', () => {
      const keys = [rosterKey(ACTORS.securityOwner, keyFrom('new key of the delegate'))];
      expect(outside(delegate({ keys }))).toEqual([inPlace.digest]);
    });
  });

  it('knows of a delegate what the roster says, and of nobody nothing', () => {
    const known = (delegate: string) =>
      admitStatement(read(signedDelegation({ delegate })), fixtureRosterIndex(), matter, T.approved).delegate;
    expect(known(ACTORS.securityOwner)).toEqual({ kind: 'person', duties: [] });
    expect(known(ACTORS.creator)).toEqual({ kind: 'person', duties: ['candidate_creator'] });
    expect(known(ACTORS.requester)).toMatchObject({ duties: ['requester_controller'] });
    expect(known(ACTORS.deployer)).toEqual({ kind: 'workload', duties: [] });
    expect(known('p-nobody')).toBeNull();
  });

  it('takes no act on the waiting by a key that governance has revoked', () => {
    const extension = read(signedExtension());
    const without = withoutKeys(fixtureRosterIndex(), [extension.keyId]);
    expect(() => admitStatement(extension, fixtureRosterIndex(), matter, T.approved)).not.toThrow();
    expect(() => admitStatement(extension, without, matter, T.approved)).toThrow(
      expect.objectContaining({ code: 'statement.key_unknown' }),
    );
  });

  it('knows of both whom a reassignment names what they hold here, and of nobody nothing', () => {
    const { from, to } = admitStatement(
      read(signedReassignment({ from: ACTORS.creator, to: ACTORS.secondExecutive })),
      fixtureRosterIndex(),
      matter,
      T.approved,
    );
    expect(from).toMatchObject({ kind: 'person', duties: ['candidate_creator'] });
    expect(to).toEqual({ kind: 'person', duties: [], roles: ['executive'] });
    const strangers = admitStatement(
      read(signedReassignment({ from: 'p-nobody', to: ACTORS.deployer })),
      fixtureRosterIndex(),
      matter,
      T.approved,
    );
    expect(strangers).toMatchObject({ from: null, to: { kind: 'workload' } });
  });

  it('names all who are out, sorted by digest', () => {
    const now = fixtureRoster({ persons: [], workloads: [] });
    expect(facts(now)).toMatchObject({ ineligible: [first.digest, second.digest].sort(), executorEligible: false });
  });

  it.each<readonly [says: string, now: Roster]>([
    ['the executor is gone', rosterWithout(ACTORS.deployer)],
    ['its key is gone', rosterWith(ACTORS.deployer, (entry) => Object.assign(entry, { keys: [] }))],
  ])('is no executor where %s', (_, now) => {
    expect(facts(now)).toMatchObject({ ineligible: [], executorEligible: false });
  });

  it('is nobody in a roster of another tenant', () => {
    const foreign = fixtureRoster({ tenant: 'globex', persons: [], workloads: [] });
    expect(facts(foreign)).toMatchObject({ ineligible: [first.digest, second.digest].sort(), executorEligible: false });
  });

  it('is not hidden where a roster cannot be read at all: a fault is no answer', () => {
    const index = fixtureRosterIndex();
    const broken = {
      ...index,
      actors: {
        has: () => {
          throw new RangeError('broken index');
        },
      },
    } as unknown as typeof index;
    const reference = { serial: 1, digest: digestOf('r'), endorsements: [] };
    expect(() => inForceFacts(claim, [first], { index: broken, reference }, matter, T.claimed)).toThrow(RangeError);
  });
});

describe('the facts of a permit', () => {
  it('are its digest, its claim and its clearance', () => {
    const permit = readStatement(signedPermit(), 'permit');
    expect(permitFacts(permit)).toEqual({
      digest: permit.digest,
      claim: read(signedClaim()).digest,
      cleared: digestOf('execution.cleared'),
    });
  });
});
