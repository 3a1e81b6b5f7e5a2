import { type Digest, digestBytes } from '../../core/canon/index.ts';
import type { Outcome } from '../../core/domain/vocabulary.ts';
import { type Finding, type Level, type Report, type VerifierCode, verify } from '../../verifier/index.ts';
import { trustBytes } from './fixture-pack.ts';

export interface Asked {
  readonly bundle?: Uint8Array | null;
  readonly view?: Uint8Array | null;
  readonly disclosures?: Uint8Array | null;
  readonly trust?: Uint8Array;
  readonly pems?: Readonly<Record<string, Uint8Array>>;
  readonly anchors?: readonly Uint8Array[];
  readonly packs?: readonly Uint8Array[];
  readonly require?: Level;
  readonly expect?: Outcome;
  readonly subject?: Digest;
}

/** `verify` with the fixture's trust file, asking for an executed decision at C2 unless told otherwise. */
export function ask({
  bundle = null,
  view = null,
  disclosures = null,
  trust = trustBytes(),
  pems = {},
  ...asked
}: Asked): Report {
  const { require = 'C2', expect = 'executed', subject, anchors, packs } = asked;
  const options = { require, expect, ...(subject === undefined ? {} : { subject }) };
  return verify({
    bundle,
    view,
    disclosures,
    trust,
    trustName: 'trust.json',
    pems,
    options,
    ...(anchors ? { anchors } : {}),
    ...(packs ? { packs: new Map(packs.map((pack) => [digestBytes(pack), pack])) } : {}),
  });
}

export function codesOf(report: { readonly findings: readonly Finding[] }): readonly VerifierCode[] {
  return [...new Set(report.findings.map((finding) => finding.code))].sort();
}
