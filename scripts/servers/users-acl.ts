import { createHash, randomBytes } from 'node:crypto';

import { LEDGER_ACL_RULES } from '../../ledger/acl.ts';

/** Passwords by user; hexadecimal, so they stand in a URL as they are. */
export interface ValkeyCredentials {
  readonly countersign: string;
  readonly admin: string;
}

/**
 * The ACL file of a server: nobody without a password, the ledger with its own rules, an administrator.
 * It holds digests of the passwords, not the passwords.
 */
export function usersAcl(credentials: ValkeyCredentials): string {
  const hash = (password: string) => createHash('sha256').update(password).digest('hex');
  return [
    'user default off resetpass resetkeys resetchannels -@all',
    `user countersign reset on #${hash(credentials.countersign)} ${LEDGER_ACL_RULES}`,
    `user admin reset on #${hash(credentials.admin)} ~* &* +@all`,
    '',
  ].join('\n');
}

/** 192 random bits. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}
