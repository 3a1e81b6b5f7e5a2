import { createHash, randomBytes } from 'node:crypto';

import { ARCHIVIST_ACL_RULES, LEDGER_ACL_RULES, WITNESS_ACL_RULES } from '../../ledger/acl.ts';

/** Passwords by user; hexadecimal, so they stand in a URL as they are. */
export interface ValkeyCredentials {
  readonly countersign: string;
  readonly archivist: string;
  readonly witness: string;
  readonly admin: string;
}

/**
 * The ACL file of a server: nobody without a password, the ledger, the archivist and the witness with
 * their own rules, an administrator.
 * It holds digests of the passwords, not the passwords.
 */
export function usersAcl(credentials: ValkeyCredentials): string {
  const hash = (password: string) => createHash('sha256').update(password).digest('hex');
  return [
    'user default off resetpass resetkeys resetchannels -@all',
    `user countersign reset on #${hash(credentials.countersign)} ${LEDGER_ACL_RULES}`,
    `user archivist reset on #${hash(credentials.archivist)} ${ARCHIVIST_ACL_RULES}`,
    `user witness reset on #${hash(credentials.witness)} ${WITNESS_ACL_RULES}`,
    `user admin reset on #${hash(credentials.admin)} ~* &* +@all`,
    '',
  ].join('\n');
}

/** Fresh passwords for every user. */
export function newCredentials(): ValkeyCredentials {
  return { countersign: newPassword(), archivist: newPassword(), witness: newPassword(), admin: newPassword() };
}

/** 192 random bits. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}
