import type { Policy } from '../documents/index.ts';
import type { HouseWish } from '../founding/index.ts';

/**
 * Who works at the example tenant. Ids are pseudonyms: an animal and four fresh hex digits, so that no id says who
 * somebody is or what they may do; that is the roster's word.
 */

export const ORIGIN = 'countersign-demo';
export const TENANT = 'acme';

const ANIMALS = [
  'heron',
  'wren',
  'crane',
  'otter',
  'badger',
  'marten',
  'lynx',
  'finch',
  'stork',
  'swift',
  'raven',
  'ibis',
  'osprey',
] as const;
type Animal = (typeof ANIMALS)[number];

/** Workloads keep their names: the example policy's targets call them by these. */
export const WORKLOADS = {
  pipeline: 'release-pipeline',
  gatewayDeployer: 'gateway-deployer',
  modelReleaser: 'model-releaser',
} as const;

/** Person ids by what each is for in the examples. */
export interface Cast {
  /** Asks for the gateway changes. */
  readonly operator: string;
  readonly gatewayEngineer: string;
  /** Vouches for evidence packets. */
  readonly evidenceAuthor: string;
  readonly executive: string;
  readonly secondExecutive: string;
  /** Holds two of the three roles of a model promotion. Whoever counts signatures first come, first served, goes wrong here. */
  readonly modelAndSecurityOwner: string;
  readonly modelOwner: string;
  readonly releaseOwner: string;
  /** Holds `release_owner` too, and controls the pipeline, so may not approve what it asks for. */
  readonly pipelineController: string;
  readonly modelTrainer: string;
  /** Ran the evaluation suite. */
  readonly evaluator: string;
  /** Controls the two executors. */
  readonly platformEngineer: string;
  /** May break glass, and holds no other role. */
  readonly incidentCommander: string;
}

/** Fresh pseudonyms. @param random so many random bytes */
export function castOf(random: (length: number) => Uint8Array): Cast {
  const id = (animal: Animal): string => `${animal}-${Buffer.from(random(2)).toString('hex')}`;
  return {
    operator: id('heron'),
    gatewayEngineer: id('wren'),
    evidenceAuthor: id('crane'),
    executive: id('otter'),
    secondExecutive: id('badger'),
    modelAndSecurityOwner: id('marten'),
    modelOwner: id('lynx'),
    releaseOwner: id('finch'),
    pipelineController: id('stork'),
    modelTrainer: id('swift'),
    evaluator: id('raven'),
    platformEngineer: id('ibis'),
    incidentCommander: id('osprey'),
  };
}

export interface Founding {
  readonly cast: Cast;
  /** The first policy; its origin and tenant become the house's. */
  readonly policy: Policy;
  readonly at: string;
  readonly random: (length: number) => Uint8Array;
}

/** The example tenant, for `found`. */
export function houseWish({ cast, policy, at, random }: Founding): HouseWish {
  const production = ['staging', 'production'] as const;
  return {
    origin: policy.origin,
    tenant: policy.tenant,
    at,
    random,
    policy,
    persons: [
      {
        actorId: cast.operator,
        grants: [{ role: 'operator', actions: ['deploy.change', 'config.write', 'release.rollback'] }],
      },
      { actorId: cast.gatewayEngineer, grants: [{ role: 'gateway_engineer' }] },
      { actorId: cast.evidenceAuthor, grants: [{ role: 'evidence_author' }] },
      { actorId: cast.executive, grants: [{ role: 'executive' }] },
      { actorId: cast.secondExecutive, grants: [{ role: 'executive' }] },
      {
        actorId: cast.modelAndSecurityOwner,
        grants: [{ role: 'model_owner', actions: ['model.promote'] }, { role: 'security_owner' }],
      },
      { actorId: cast.modelOwner, grants: [{ role: 'model_owner', actions: ['model.promote'] }] },
      { actorId: cast.releaseOwner, grants: [{ role: 'release_owner', environments: [...production] }] },
      { actorId: cast.pipelineController, grants: [{ role: 'release_owner', environments: [...production] }] },
      { actorId: cast.modelTrainer, grants: [{ role: 'model_trainer' }] },
      { actorId: cast.evaluator, grants: [{ role: 'evaluator' }] },
      { actorId: cast.platformEngineer, grants: [{ role: 'platform_engineer' }] },
      { actorId: cast.incidentCommander, grants: [{ role: 'incident_commander', environments: [...production] }] },
    ],
    workloads: [
      {
        actorId: WORKLOADS.pipeline,
        title: 'Pipeline that asks for model promotions',
        controlledBy: [cast.pipelineController],
        grants: [{ role: 'release_pipeline', actions: ['model.promote'] }],
      },
      {
        actorId: WORKLOADS.gatewayDeployer,
        title: 'Deployer of gateway configurations',
        controlledBy: [cast.platformEngineer],
        grants: [{ role: 'executor', environments: [...production], actions: ['deploy.change', 'release.rollback'] }],
      },
      {
        actorId: WORKLOADS.modelReleaser,
        title: 'Releaser of models to the serving canary',
        controlledBy: [cast.platformEngineer],
        grants: [{ role: 'executor', environments: [...production], actions: ['model.promote'] }],
      },
    ],
    holders: {
      governance: ['governor-1', 'governor-2', 'governor-3'],
      policy: ['policy-signer-1', 'policy-signer-2'],
      roster: ['roster-signer-1', 'roster-signer-2'],
      emergency: ['emergency-1'],
      permit: ['service-permit'],
      acknowledgement: ['service-acknowledgement'],
      seal: ['service-seal'],
    },
  };
}
