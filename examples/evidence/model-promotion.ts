import { EVIDENCE_PACKET_TYPE, type EvidencePacket } from '../../documents/index.ts';
import { ArtifactShelf, referenceTo } from './artifacts.ts';
import { createDice } from './dice.ts';
import { evaluation } from './model/evaluation.ts';
import { lineage } from './model/lineage.ts';
import { modelManifests } from './model/manifest.ts';
import { MODEL, modelPackage } from './model/package.ts';
import { releasePlan, resourceProfile, rollback } from './model/release.ts';
import { safety } from './model/safety.ts';
import { before, type BuiltEvidence, finish, type Occasion } from './packet.ts';

/** Decision two: a model goes to the serving canary. All the sections that ModelBreeder's audit packet has. */
export function modelPromotionEvidence(occasion: Occasion): BuiltEvidence {
  const { cast, origin, tenant } = occasion;
  const shelf = new ArtifactShelf(`models/${MODEL.name}/${MODEL.version}`);
  const dice = createDice(occasion.seed);
  const index = modelPackage(shelf, dice);
  const ancestry = lineage(shelf, dice);
  const manifests = modelManifests(shelf, index, ancestry.section.parents ?? []);
  const { section, disclosures } = safety(shelf, dice, occasion);
  const packet: EvidencePacket = {
    _type: EVIDENCE_PACKET_TYPE,
    origin,
    tenant,
    subject: index.digest,
    created_at: before(occasion, 35),
    sections: {
      candidate: {
        digest: index.digest,
        manifest: referenceTo(manifests.own),
        owner: cast.modelOwner,
        lifecycle_state: 'shadow',
      },
      lineage: ancestry.section,
      evaluation: { subject: index.digest, ...evaluation(shelf, dice, occasion) },
      resource_profile: resourceProfile(shelf, dice),
      safety_and_security: { subject: index.digest, ...section },
      release_plan: releasePlan(),
      rollback: rollback(shelf, ancestry.previous, occasion),
    },
  };
  return finish({
    candidate: { name: MODEL.name, version: MODEL.version, digest: index.digest },
    subject: index,
    creators: [cast.modelTrainer],
    packet,
    manifests: [manifests.own, ...manifests.parents],
    artifacts: shelf.artifacts,
    disclosures,
  });
}
