import { expect, test } from 'vitest';
import type { ClientContext } from '../../client/context.ts';
import { openDecisions } from '../../client/stuck.ts';
import { MEMO, workflowIdOf, WORKFLOWS } from '../../core/contracts/names.ts';

/** What visibility lists is anybody's word who may start workflows: on real servers in stuck.int.test.ts. */

const [GENUINE, STRANGE] = ['5b3f0c9e-6f0e-8a4e-9b7e-3d1f0a2b4c5d', '11111111-2222-8333-8444-555555555555'];
const tree = {
  stage: 'routed',
  status: 'pending_authority',
  since: '2026-03-01T10:00:00.000Z',
  waiting: [],
  failing: [],
  next: [{ at: '2026-03-01T12:00:00.000Z', what: 'decision runs out' }],
};

function nested(depth: number): object {
  let cause: object = { what: 'approval', says: 'waits', since: null, from: [], causes: [] };
  for (let at = 0; at < depth; at += 1)
    cause = { what: 'approval', says: 'waits', since: null, from: [], causes: [cause] };
  return cause;
}

/** Visibility that lists these, each with what it shows. */
function listing(entries: readonly (readonly [id: string, why: unknown])[]): ClientContext {
  const listed = entries.map(([id, why]) => ({
    workflowId: workflowIdOf(id),
    type: WORKFLOWS.promotionDecision,
    startTime: new Date('2026-03-01T11:00:00.000Z'),
    memo: { [MEMO]: { view: null, why } },
  }));
  const list = async function* () {
    yield* listed;
  };
  return { taskQueue: 'acme', temporal: { workflow: { list } } } as unknown as ClientContext;
}

test.each([
  ['entries that are none', { next: [null] }],
  ['entries without words', { next: [{ at: '2026-03-01T12:00:00.000Z' }] }],
  ['a time that is none', { next: [{ at: 'soon', what: 'decision runs out' }] }],
  ['a beginning that is none', { since: 5 }],
  ['causes that are none', { waiting: [null] }],
  ['failures that are none', { failing: ['everything'] }],
  ['causes without end', { waiting: [nested(50_000)] }],
])('a stranger that shows %s keeps no decision from being listed', async (_, changes) => {
  const context = listing([
    [STRANGE, { ...tree, ...changes }],
    [GENUINE, tree],
  ]);
  for (const by of ['age', 'deadline'] as const) {
    // It shows nothing that counts, so it stands where one does that has shown nothing yet: by its start.
    const first = by === 'age' ? GENUINE : STRANGE;
    expect((await openDecisions(context, {}, by, 10))[0]).toBe(first);
    expect(await openDecisions(context, {}, by, 10)).toContain(GENUINE);
  }
});
