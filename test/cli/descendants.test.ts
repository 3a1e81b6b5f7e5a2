import { describe, expect, it } from 'vitest';
import { descendantLines, descendantsOf } from '../../cli/past/descendants.ts';
import { ACTORS, CANDIDATE, digestOf, fixtureEvidence, keyOfActor } from '../documents/fixtures.ts';
import { executed } from '../verifier/fixture-pack.ts';
import { PackFolders } from './pack-folders.ts';

/** What a standing has to revoke besides, out of packs (R90); how far it goes in evaluation/descent.test.ts. */

const packs = new PackFolders();
const parent = fixtureEvidence().sections.lineage?.parents?.[0]?.digest ?? '';
const none = { digests: [], keys: [] };

describe('what a standing revokes besides', () => {
  // shows: R90
  it('is what descends from it, each with its way', () => {
    const pack = packs.add(executed());
    const closure = descendantsOf([pack], packs.trust, { ...none, digests: [parent] });
    expect(closure).toMatchObject({ descendants: [CANDIDATE.digest], unverified: [] });
    expect(descendantLines(closure)).toEqual([
      expect.stringMatching(new RegExp(`^revoked with it: .*: descends by ${parent} -> ${CANDIDATE.digest}$`)),
    ]);
  });

  it('is what a key signed for that is revoked now', () => {
    const key = keyOfActor(ACTORS.author).publicKey.keyId;
    const closure = descendantsOf([packs.add(executed())], packs.trust, { ...none, keys: [key] });
    expect(closure.descendants).toEqual([CANDIDATE.digest]);
  });

  it('is not what is revoked already, nor anything without packs, nor what rests on it alone', () => {
    const [pack] = [packs.add(executed())];
    expect(descendantsOf([pack], packs.trust, { ...none, digests: [parent, CANDIDATE.digest] }).descendants).toEqual(
      [],
    );
    expect(descendantsOf([], packs.trust, { ...none, digests: [parent] }).descendants).toEqual([]);
    const data = fixtureEvidence().sections.evaluation?.data_manifest?.digest ?? '';
    expect(descendantsOf([pack], packs.trust, { ...none, digests: [data] }).descendants).toEqual([]);
    expect(descendantsOf([pack], packs.trust, { ...none, digests: [digestOf('unrelated')] }).descendants).toEqual([]);
  });

  it('is read out of no pack that does not hold, and that is said', () => {
    const torn = packs.addTorn(executed());
    const closure = descendantsOf([torn], packs.trust, { ...none, digests: [parent] });
    expect(closure).toMatchObject({ descendants: [], unverified: [torn] });
    expect(descendantLines(closure)).toEqual([`does not hold, so its descendants are NOT in the draft: ${torn}`]);
  });
});
