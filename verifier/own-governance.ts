import { digestBytes, digestJson, readJson } from '../core/canon/index.ts';
import type { Timestamp } from '../core/domain/vocabulary.ts';
import {
  authenticateService,
  checkEndorsements,
  demandsStanding,
  type ReadStatement,
  readStanding,
  readStatement,
  speaksAt,
  type Standing,
  type TrustFile,
} from '../documents/index.ts';
import type { Matter } from '../evaluation/admission.ts';
import type { PackedChain } from '../pack/index.ts';
import type { Contents } from './contents.ts';
import type { EventPlace, Findings } from './findings.ts';
import { ancestryBefore, checkCleared, standingIn } from './standing.ts';

/**
 * What an executor has of governance by another way than the service: the newest standing it was given, and emergency
 * freezes. They stop it also where the service is down, or will not hear of them (R62).
 */
export interface OwnGovernance {
  /** Canonical bytes of the standing, with the envelopes of its endorsements; left out where it was given none. */
  readonly standing?: { readonly document: Uint8Array; readonly endorsements: readonly unknown[] } | undefined;
  /** Envelopes of freezes, as JSON texts. */
  readonly freezes?: readonly Uint8Array[] | undefined;
}

export interface Scene {
  readonly pack: PackedChain;
  readonly matter: Matter;
  readonly contents: Contents;
  readonly trust: TrustFile;
  readonly at: Timestamp;
  /** Of the clearance. */
  readonly place: EventPlace;
}

/** By the executor's own clock, and by the newer one of its own standing and the pack's. What cannot be read stops it. */
export function checkOwnGovernance(own: OwnGovernance, scene: Scene, findings: Findings): void {
  const { pack, matter, contents, trust, at, place } = scene;
  const document = newestStanding(own, scene, findings);
  if (document === null && demandsStanding(trust, pack.tenant, at))
    findings.add('standing.missing', { path: '$.standing', expected: 'a standing', got: 'none' }, place);
  if (document !== null && !speaksAt(document, at))
    findings.add('standing.ended', { path: '$.not_after', expected: `after ${at}`, got: document.not_after }, place);
  const freezes = (own.freezes ?? []).flatMap((bytes) => openFreeze(bytes, document, scene, findings) ?? []);
  const ancestry = ancestryBefore(pack, place.index, contents);
  checkCleared({ document, freezes, ancestry, at }, matter, contents, place, findings);
}

/** The newer one of what the executor was given and what the clearance names; null where there is neither. */
export function newestStanding(
  { standing }: Pick<OwnGovernance, 'standing'>,
  scene: Omit<Scene, 'matter'>,
  findings: Findings,
): Standing | null {
  const given = standing === undefined ? null : openStanding(standing, scene, findings);
  const packed = standingIn(scene.place.event, scene.contents)?.document ?? null;
  return newer(given, packed, scene.place, findings);
}

/** Both are endorsed by then; two of one serial are governance's contradiction, which nobody executes upon. */
function newer(
  given: Standing | null,
  packed: Standing | null,
  place: EventPlace,
  findings: Findings,
): Standing | null {
  if (given === null || packed === null) return given ?? packed;
  if (given.serial === packed.serial && digestJson(given) !== digestJson(packed)) {
    const expected = `serial ${packed.serial}: ${digestJson(packed)}`;
    findings.add('in_force.older', { path: '$.standing', expected, got: digestJson(given) }, place);
  }
  return given.serial >= packed.serial ? given : packed;
}

function openStanding(
  { document, endorsements }: NonNullable<OwnGovernance['standing']>,
  { pack, trust, at, place }: Omit<Scene, 'matter'>,
  findings: Findings,
): Standing | null {
  try {
    const standing = readStanding(document);
    if (standing.origin !== pack.origin || standing.tenant !== pack.tenant) {
      const got = `${standing.origin}: ${standing.tenant}`;
      findings.add('signer.standing', { path: '$.standing', expected: `${pack.origin}: ${pack.tenant}`, got }, place);
    }
    checkEndorsements({
      trust,
      kind: 'standing',
      tenant: pack.tenant,
      document: digestBytes(document),
      serial: standing.serial,
      predecessor: standing.predecessor as 'GENESIS',
      endorsements: endorsements.map((each) => readStatement(each, 'endorsement')),
      at,
    });
    return standing;
  } catch (error) {
    findings.refused('signer.standing', error, place, '$.standing');
    return null;
  }
}

function openFreeze(
  bytes: Uint8Array,
  standing: Standing | null,
  { pack, trust, at, place }: Scene,
  findings: Findings,
): ReadStatement<'freeze'> | null {
  try {
    const read = readStatement(readJson(bytes), 'freeze');
    const { origin, tenant } = pack;
    // Whoever executes for several tenants has the freezes of all of them.
    if (read.statement.origin !== origin || read.statement.tenant !== tenant) return null;
    // What stops nothing any more need not be vouched for by anybody: its key may be gone.
    if (read.statement.until <= at || standing?.lifted_freezes.includes(read.digest)) return null;
    if (standing?.revoked_keys.includes(read.keyId)) return null;
    authenticateService(read, trust, 'emergency', { origin, tenant, at: read.statement.signed_at });
    return read;
  } catch (error) {
    findings.refused('signer.freeze', error, place, '$.freeze');
    return null;
  }
}
