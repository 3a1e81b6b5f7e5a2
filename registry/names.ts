import { digestBytes } from '../core/canon/index.ts';

/** Registry names allow lower-case letters, digits and hyphens; tenants allow more, so a digest stands for them. */
export function tenantRegistry(what: string, tenant: string): string {
  const slug = digestBytes(new TextEncoder().encode(tenant)).slice('sha256:'.length, 'sha256:'.length + 32);
  return `${what}-${slug}`;
}

/**
 * The ledger's registries of a tenant: what a backup has to hold. In the opposite order of binding, so that whoever
 * copies them in this one finds, with every serial, its version, its succession and whether it asks for a decision on the next; with every standing, what it names;
 * and with every lifting, what it lifts; and with every link of a release history, its place.
 */
export function publicationRegistries(tenant: string): readonly string[] {
  return [
    'release',
    'release-place',
    'release-due',
    'override-reviewed',
    'override-due',
    'restriction-lifted',
    'restriction',
    'freeze',
    'standing',
    'policy',
    'roster',
    'policy-version',
    'policy-next',
    'policy-asks',
    'roster-next',
    'standing-next',
  ].map((what) => tenantRegistry(what, tenant));
}
