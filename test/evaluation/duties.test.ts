import { describe, expect, it } from 'vitest';
import { ORIGIN_DUTIES } from '../../core/domain/vocabulary.ts';
import { dutiesOf, type Origins } from '../../evaluation/duties.ts';
import { ACTORS, fixtureRoster, fixtureRosterIndex, grant } from '../documents/fixtures.ts';

const { requester, creator, author, executive, releaseOwner, pipeline, deployer } = ACTORS;

/** The pipeline is controlled by p-quill, the deployer by p-cedar, the shared workload by both. */
const SHARED = 'w-shared';
const { workloads } = fixtureRoster();
const roster = fixtureRosterIndex(
  fixtureRoster({
    workloads: [
      ...workloads,
      {
        actor_id: SHARED,
        title: 'Controlled by two',
        controlled_by: [requester, releaseOwner],
        keys: [],
        grants: [grant('operator')],
      },
    ],
  }),
);

const asked = (by: string, change: Partial<Origins> = {}): Origins => ({
  requester: by,
  creators: [creator],
  evidenceAuthor: author,
  evaluator: null,
  waiverAuthors: [],
  ...change,
});

describe('duties', () => {
  // shows: R53
  it.each<readonly [says: string, actor: string, origins: Origins, duties: readonly string[]]>([
    ['a person who had no hand in it', executive, asked(pipeline), []],
    ['the person who asked', requester, asked(requester), ['requester']],
    ['the workload that asked', pipeline, asked(pipeline), ['requester']],
    ['who controls the workload that asked', requester, asked(pipeline), ['requester_controller']],
    ['a workload of the person who asked', pipeline, asked(requester), ['requester_controller']],
    ['a workload that shares a controller with the one that asked', SHARED, asked(pipeline), ['requester_controller']],
    ['one of two controllers', releaseOwner, asked(SHARED), ['requester_controller']],
    ['the other', requester, asked(SHARED), ['requester_controller']],
    ['a workload of another controller', deployer, asked(pipeline), []],
    ['the creator', creator, asked(pipeline), ['candidate_creator']],
    [
      'who controls a workload that created',
      requester,
      asked(executive, { creators: [pipeline] }),
      ['candidate_creator'],
    ],
    ['a workload of the creator', deployer, asked(pipeline, { creators: [releaseOwner] }), ['candidate_creator']],
    ['one of several creators', executive, asked(pipeline, { creators: [creator, executive] }), ['candidate_creator']],
    ['the evidence author', author, asked(pipeline), ['evidence_author']],
    ['the evaluator', executive, asked(pipeline, { evaluator: executive }), ['evaluator']],
    ['who controls a workload that evaluated', releaseOwner, asked(pipeline, { evaluator: deployer }), ['evaluator']],
    ['a workload of the evaluator', deployer, asked(pipeline, { evaluator: releaseOwner }), ['evaluator']],
    [
      'who controls a workload that vouched',
      releaseOwner,
      asked(pipeline, { evidenceAuthor: deployer }),
      ['evidence_author'],
    ],
    ['nobody, where no author is known', author, asked(pipeline, { evidenceAuthor: null }), []],
    ['who waived a gate', executive, asked(pipeline, { waiverAuthors: [executive] }), ['waiver_author']],
    [
      'a workload of who waived a gate',
      deployer,
      asked(pipeline, { waiverAuthors: [releaseOwner] }),
      ['waiver_author'],
    ],
    [
      'all that one person did, in the order of the duties',
      requester,
      asked(pipeline, { creators: [requester], evidenceAuthor: requester }),
      ['requester_controller', 'candidate_creator', 'evidence_author'],
    ],
    [
      'who asked in person, and vouched by a workload',
      requester,
      asked(requester, { evidenceAuthor: pipeline }),
      ['requester', 'evidence_author'],
    ],
    [
      'somebody whom the roster does not know, by name',
      'p-gone',
      asked(pipeline, { creators: ['p-gone'] }),
      ['candidate_creator'],
    ],
    ['somebody whom the roster does not know, and who did nothing', 'p-gone', asked(pipeline), []],
  ])('of %s', (_, actor, origins, duties) => {
    expect(dutiesOf(actor, origins, roster)).toEqual(duties);
  });

  it('are each found somewhere', () => {
    const all = dutiesOf(requester, asked(requester, { creators: [requester], evidenceAuthor: requester }), roster);
    const controller = dutiesOf(requester, asked(pipeline), roster);
    const evaluated = dutiesOf(author, asked(pipeline, { evaluator: author }), roster);
    const waiver = dutiesOf(executive, asked(pipeline, { waiverAuthors: [executive] }), roster);
    expect([...new Set([...all, ...controller, ...waiver, ...evaluated])].sort()).toEqual([...ORIGIN_DUTIES].sort());
  });
});
