import { instant, type Timestamp } from '../../core/domain/vocabulary.ts';
import { demandsStanding, speaksAt, type TrustFile } from '../../documents/index.ts';
import type { Registry, Restrictions } from '../../registry/index.ts';
import { attempt, type Check, fail, ok } from './check.ts';

interface Governed {
  readonly registry: Registry;
  readonly restrictions: Restrictions;
  readonly trust: TrustFile;
  readonly tenant: string;
}

/** A standing that ends within this is as good as ended: the next one takes signatures of several people. */
const SOON_MS = 24 * 3_600_000;
const PUBLISH = 'countersign standing draft, sign and publish the next one';

/** What stops clearances although every server is well: a standing that has ended or soon will, freezes, restrictions. */
export async function checkGovernance(governed: Governed, at: Timestamp): Promise<readonly Check[]> {
  return [await checkStanding(governed, at), await checkFreezes(governed, at), await checkRestrictions(governed)];
}

function checkStanding({ registry, trust, tenant }: Governed, at: Timestamp): Promise<Check> {
  return attempt('standing', PUBLISH, async () => {
    const found = await registry.standingInForce(at);
    if (found === null) {
      if (!demandsStanding(trust, tenant, at)) return ok('standing', 'governance has said nothing, and need not');
      return fail('standing', 'standing.missing', 'the trust file demands one, and there is none', PUBLISH);
    }
    const { serial, not_after } = found.document;
    const says = `serial ${serial}, until ${not_after}`;
    if (!speaksAt(found.document, at)) return fail('standing', 'standing.ended', `it does not speak: ${says}`, PUBLISH);
    if (instant(not_after) - instant(at) <= SOON_MS)
      return fail('standing', 'standing.ended', `it ends soon: ${says}`, PUBLISH);
    return ok('standing', says);
  });
}

/** Somebody wanted them: they are told, and are no failure. */
function checkFreezes({ registry }: Governed, at: Timestamp): Promise<Check> {
  return attempt('freezes', 'countersign freeze list', async () => {
    const freezes = await registry.freezesAt(at);
    const last = freezes
      .map(({ statement }) => statement.until)
      .toSorted()
      .at(-1);
    return ok('freezes', last === undefined ? 'none' : `${freezes.length} published, the last until ${last}`);
  });
}

function checkRestrictions({ restrictions }: Governed): Promise<Check> {
  return attempt('restriction', 'countersign restriction list', async () => {
    const found = await restrictions.inForce();
    if (found.length === 0) return ok('restriction', 'nothing restricts the tenant');
    const decisions = found.slice(0, 3).map(({ document, digest }) => document?.decision_id ?? digest);
    const named = `${decisions.join(', ')}${found.length > 3 ? ' and others' : ''}`;
    return fail(
      'restriction',
      'claim.restricted',
      `nothing is cleared: ${found.length} chains do not hold, ${named}`,
      'countersign restriction list; then "A restricted tenant" in docs/operate.md',
    );
  });
}
