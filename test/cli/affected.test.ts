import { describe, expect, it } from 'vitest';
import { affectedReport } from '../../cli/past/affected.ts';
import { ACTORS, CANDIDATE, digestOf, fixtureEvidence, keyOfActor, T } from '../documents/fixtures.ts';
import { card, KEY, setupOf } from '../verifier/carded-pack.ts';
import {
  cancelledEarly,
  delegated,
  denied,
  executed,
  MiniatureService,
  operable,
  shift,
} from '../verifier/fixture-pack.ts';
import { PackFolders } from './pack-folders.ts';

/** What a revocation touches, out of packs that a stranger could verify (R90); the ways in evaluation/descent.test.ts. */

const packs = new PackFolders();

function touched(service: MiniatureService, ...revoked: readonly string[]) {
  const { affected, descendants, unverified } = affectedReport([packs.add(service)], packs.trust, revoked);
  return { ways: affected.map(({ relation, by }) => `${relation} ${by.join(' > ')}`), descendants, unverified };
}

const SECTIONS = fixtureEvidence().sections;
const keyIdOf = (actor: string): string => keyOfActor(actor).publicKey.keyId;

describe('affected', () => {
  it.each([
    ['a parent', SECTIONS.lineage?.parents?.[0]?.digest],
    ['a data set', SECTIONS.lineage?.data_sources?.[0]?.digest],
  ])('by %s: the candidate descends, and is to be revoked too', (_, revoked = '') => {
    expect(touched(executed(), revoked)).toEqual({
      ways: [`descends ${revoked} > ${CANDIDATE.digest}`],
      descendants: [CANDIDATE.digest],
      unverified: [],
    });
  });

  it('by what it was evaluated on: it rests on that, and hands nothing on', () => {
    const revoked = SECTIONS.evaluation?.data_manifest?.digest ?? '';
    expect(touched(executed(), revoked)).toEqual({ ways: [`rests ${revoked}`], descendants: [], unverified: [] });
  });

  it.each([
    ['requester', ACTORS.pipeline],
    ['evidence author', ACTORS.author],
    ['approver', ACTORS.executive],
    ['executor', ACTORS.deployer],
  ])('by the key of the %s', (_, actor) => {
    expect(touched(executed(), keyIdOf(actor)).ways).toEqual([`signed ${keyIdOf(actor)} > ${CANDIDATE.digest}`]);
  });

  it('by the key of who delegated to the approver', () => {
    const ways = (actor: string) => touched(delegated(), keyIdOf(actor)).ways;
    expect(ways(ACTORS.executive)).toEqual([`signed ${keyIdOf(ACTORS.executive)} > ${CANDIDATE.digest}`]);
    expect(ways(ACTORS.securityOwner)).toEqual([`signed ${keyIdOf(ACTORS.securityOwner)} > ${CANDIDATE.digest}`]);
  });

  it('by the key of whoever gave it the time in which it was cleared, and not of who only asked for haste', () => {
    const service = operable();
    const at = shift(T.requested, 30);
    service.submit(service.nudging({ signer: ACTORS.requester }, null), at);
    service.submit(service.extending(), at).approve().claim().confirm();
    const ways = (actor: string) => touched(service, keyIdOf(actor)).ways;
    expect(ways(ACTORS.releaseOwner)).toEqual([`signed ${keyIdOf(ACTORS.releaseOwner)} > ${CANDIDATE.digest}`]);
    expect(ways(ACTORS.requester)).toEqual([]);
  });

  it('not by a key whose statement was refused, or that has signed nothing here', () => {
    const service = new MiniatureService().open().evaluate();
    service.approve({ signer: ACTORS.securityOwner, roles: ['executive'] }, undefined, shift(T.approved, -1));
    expect(service.events.at(-1)).toMatchObject({ event_type: 'statement.refused' });
    service.approve().claim().confirm();
    expect(touched(service, keyIdOf(ACTORS.securityOwner), digestOf('nothing here')).ways).toEqual([]);
  });

  it('not by the key of whoever rejected it: that carries nothing', () => {
    expect(touched(denied(), keyIdOf(ACTORS.executive)).ways).toEqual([]);
    expect(touched(denied(), keyIdOf(ACTORS.pipeline)).ways).toHaveLength(1);
  });

  it("by the evaluator's key, where the card was read, and by that of no evaluator before", () => {
    const carded = new MiniatureService(setupOf(card())).open().evaluate().approve().claim().confirm();
    expect(touched(carded, KEY.publicKey.keyId).ways).toEqual([`signed ${KEY.publicKey.keyId} > ${CANDIDATE.digest}`]);
    expect(touched(executed(), KEY.publicKey.keyId).ways).toEqual([]);
  });

  it('also where nothing was evaluated, by the lineage in the packet', () => {
    expect(touched(cancelledEarly(), CANDIDATE.digest).ways).toEqual([`is ${CANDIDATE.digest}`]);
    const parent = SECTIONS.lineage?.parents?.[0]?.digest ?? '';
    expect(touched(cancelledEarly(), parent).ways).toEqual([`descends ${parent} > ${CANDIDATE.digest}`]);
  });

  it('once a decision, however often its pack is given', () => {
    const twice = [packs.add(executed()), packs.add(executed())];
    expect(affectedReport(twice, packs.trust, [CANDIDATE.digest]).affected).toHaveLength(1);
  });

  it('is read out of no pack that does not hold', () => {
    const torn = packs.addTorn(executed());
    expect(affectedReport([torn], packs.trust, [CANDIDATE.digest])).toEqual({
      affected: [],
      descendants: [],
      unverified: [torn],
    });
  });
});
