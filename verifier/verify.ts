import { type Digest, isDigest, type JsonObject } from '../core/canon/index.ts';
import { OUTCOMES, type Outcome } from '../core/domain/vocabulary.ts';
import type { TrustFile } from '../documents/index.ts';
import { CONFORMANCE_TARGETS, type Disclosures, memberOf } from '../pack/index.ts';
import { checkAdmissions, type UnseenAdmission } from './admitted.ts';
import { type Anchored, checkAnchors, UNANCHORED } from './anchors.ts';
import { answersOf } from './answers.ts';
import { type OpenedBundle, openBundle } from './bundle.ts';
import { refuseCarriedTrust } from './carried-trust.ts';
import { viewInProse } from './example.ts';
import { Findings } from './findings.ts';
import { levelOf, restsOnOthers, restsOnService, verdictOf } from './levels.ts';
import type { Demands, Report } from './report.ts';
import { textIn } from './shapes.ts';
import { openTrust } from './trust.ts';
import { verifyChainOf } from './verify-chain.ts';
import { checkView, checkViewChain, openDisclosures, readView } from './view.ts';

/** Bytes, and nothing else: no path, no clock, no network. */
export interface VerifyInput {
  /** `pack.sigstore.json`. */
  readonly bundle: Uint8Array | null;
  /** `pack.json`. */
  readonly view: Uint8Array | null;
  /** `disclosures.json`. */
  readonly disclosures: Uint8Array | null;
  /** The verifier's own trust file, handed over out of band. */
  readonly trust: Uint8Array;
  /** What to call it in the report. */
  readonly trustName: string;
  /** PEM files that lie beside the trust file, by name. */
  readonly pems?: Readonly<Record<string, Uint8Array>>;
  /** Files of anchors, from witnesses; left out where there are none. */
  readonly anchors?: readonly Uint8Array[];
  /** Sealed bundles of the decisions that let policies in, by digest of their bytes; left out where there are none. */
  readonly packs?: ReadonlyMap<string, Uint8Array>;
  readonly options: Demands;
}

/**
 * Verifies an audit pack. Total: whatever the bytes are, there is a report; only a fault of this program throws.
 * Everything that can be checked is, also after something failed. Nothing is kept between two calls.
 */
export function verify(input: VerifyInput): Report {
  const findings = new Findings();
  const trust = openTrust(input.trust, input.pems ?? {}, findings);
  if (trust === null) return report(input, { findings, trust, opened: null, view: null, disclosures: null });
  if (input.bundle === null) return verifyViewAlone(input, trust, findings);

  const opened = openBundle(input.bundle, trust, findings);
  if (opened === null) return verifyViewAlone(input, trust, findings);
  verifyChainOf(opened.core, trust, findings);
  const unseen = checkAdmissions(opened.core, input.packs ?? new Map(), trust, findings);
  const anchored = input.anchors === undefined ? undefined : checkAnchors(input.anchors, opened.core, trust, findings);

  const disclosures = openDisclosures(input.disclosures, opened.core, findings);
  const view = input.view === null ? null : readView(input.view, findings, opened.core.events);
  if (view !== null) {
    refuseCarriedTrust(view, '$', findings);
    checkView(view, opened.core, disclosures, findings);
  }
  return report(input, { findings, trust, opened, view, disclosures, anchored, unseen });
}

/** A view without its seal gives no good verdict; its own hashes can still show what is wrong with it. */
function verifyViewAlone(input: VerifyInput, trust: TrustFile, findings: Findings): Report {
  if (input.view === null) {
    if (input.bundle === null) findings.add('bundle.missing', { expected: 'pack.sigstore.json', got: 'nothing' });
    return report(input, { findings, trust, opened: null, view: null, disclosures: null });
  }
  const view = readOwnOrForeignView(input.view, findings);
  if (input.bundle === null)
    findings.add('view.without_seal', { expected: 'pack.sigstore.json beside it', got: 'nothing' });
  if (view !== null) {
    refuseCarriedTrust(view, '$', findings);
    checkViewChain(view, findings);
  }
  return report(input, { findings, trust, opened: null, view, disclosures: null });
}

function readOwnOrForeignView(bytes: Uint8Array, findings: Findings): JsonObject | null {
  const strict = new Findings();
  const view = readView(bytes, strict);
  if (view !== null) {
    findings.all.push(...strict.all);
    return view;
  }
  const foreign = viewInProse(bytes);
  if (foreign === null) findings.all.push(...strict.all);
  else findings.add('view.foreign', { expected: 'canonical JSON', got: 'JSON in prose, with typographic quotes' });
  return foreign;
}

interface Verified {
  readonly findings: Findings;
  readonly trust: TrustFile | null;
  readonly opened: OpenedBundle | null;
  readonly view: JsonObject | null;
  readonly disclosures: Disclosures | null;
  readonly anchored?: Anchored | undefined;
  readonly unseen?: readonly UnseenAdmission[];
}

function report({ trustName, options }: VerifyInput, verified: Verified): Report {
  const { findings, trust, opened, view, disclosures, anchored, unseen = [] } = verified;
  const core = opened?.core ?? null;
  const evidence = verdictOf(findings);
  const level =
    core === null
      ? { reached: null, missing: [] }
      : levelOf(core, opened?.sealed ?? false, findings, anchored ?? UNANCHORED);
  const named = memberOf(memberOf(core?.events[0], 'candidate'), 'digest');
  const candidate = isDigest(named) ? named : null;
  const asked: Digest | null = options.subject ?? null;
  return {
    trust: {
      name: trustName,
      digest: trust?.digest ?? null,
      origin: trust?.trust.origin ?? null,
      serial: trust?.trust.serial ?? null,
    },
    pack: {
      digest: opened?.digest ?? null,
      origin: core?.origin ?? null,
      tenant: core?.tenant ?? null,
      decision_id: core?.decision_id ?? textIn(memberOf(view, 'decision'), 'decision_id'),
    },
    evidence,
    outcome: core?.outcome ?? viewOutcome(view),
    level: { ...level, claimed: core?.standard.conformance_target ?? viewTarget(view) },
    subject: { candidate, asked, matches: asked === null ? null : asked === candidate },
    findings: findings.all,
    ...(anchored === undefined ? {} : { anchors: anchored }),
    rests_on_service: [
      ...restsOnService(core, findings, anchored ?? UNANCHORED),
      ...unseen.map(
        ({ serial, admitted }) =>
          `that decision ${admitted.decision_id} let policy ${serial} in, since its pack was not looked at (${admitted.pack})`,
      ),
    ],
    rests_on_others: restsOnOthers(core, anchored ?? UNANCHORED),
    answers: evidence === 'holds' && core !== null ? answersOf(core, disclosures) : null,
  };
}

function viewOutcome(view: JsonObject | null): Outcome | null {
  return OUTCOMES.find((outcome) => outcome === memberOf(memberOf(view, 'execution'), 'outcome')) ?? null;
}

function viewTarget(view: JsonObject | null): Report['level']['claimed'] {
  const claimed = memberOf(memberOf(view, 'standard'), 'conformance_target');
  return CONFORMANCE_TARGETS.find((target) => target === claimed) ?? null;
}
