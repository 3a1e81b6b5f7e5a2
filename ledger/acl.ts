/**
 * The rules of the ledger's Redis user: what it uses, on its own keys, and nothing that deletes, trims, renames,
 * overwrites or expires. Scripts add nothing to it: each call inside a script is checked against the caller's rules.
 *
 * To be put behind the name, state and password:
 *
 *     ACL SETUSER countersign reset on >PASSWORD <these rules>
 *
 * What no ACL can express: XADD takes MAXLEN, so the holder of these credentials can trim a stream. Every later append
 * and read finds that out (the stream's length and last id no longer agree) and answers `ledger.corrupt`.
 */
export const LEDGER_ACL_RULES = [
  'resetkeys ~cs:* resetchannels -@all',
  '+eval +evalsha +xadd +xlen +xrange +xinfo|stream +type',
  '+sadd +sscan +hsetnx +hget +hgetall',
  '+config|get +info +acl|whoami +acl|dryrun +ping +select',
].join(' ');

/**
 * The rules of the archivist, an operator's user of its own: it reads, and runs the one script that puts a stub in the
 * place of a chain. Outside a script it could unlink as well, which no ACL can express; so its password is an
 * operator's, and no worker has it.
 */
export const ARCHIVIST_ACL_RULES = [
  'resetkeys ~cs:{*}:events resetchannels -@all',
  '+eval +evalsha +type +xinfo|stream +hget +hset +unlink',
  '+config|get +info +ping +select',
].join(' ');

/**
 * The rules of a witness: it reads chains and the index of decisions, and nothing else. It has no worker's key, so it
 * can neither seal nor tell what is sealed; what it reads it verifies by the hash chain alone.
 */
export const WITNESS_ACL_RULES = [
  'resetkeys %R~cs:{*}:events %R~cs:decisions:* resetchannels -@all',
  '+xrange +xinfo|stream +sscan +hgetall +ping +select',
].join(' ');

/** The whole command, with a placeholder where the password goes. */
export function aclLine(user: string): string {
  return `ACL SETUSER ${user} reset on >PASSWORD ${LEDGER_ACL_RULES}`;
}

const PROBE = 'cs:{probe}:events';

/** What the ledger itself sends; a user without one of these fails later, in the middle of a decision. */
export const NEEDED_COMMANDS: readonly (readonly string[])[] = [
  ['EVALSHA', 'sha', '1', PROBE],
  ['EVAL', 'return', '1', PROBE],
  ['TYPE', PROBE],
  ['XADD', PROBE, '1-0', 'e', ''],
  ['XLEN', PROBE],
  ['XINFO', 'STREAM', PROBE],
  ['XRANGE', PROBE, '-', '+'],
  ['SADD', 'cs:decisions:0', 'probe'],
  ['SSCAN', 'cs:decisions:0', '0'],
  ['HSETNX', 'cs:registry:probe', 'key', 'value'],
  ['HGET', 'cs:registry:probe', 'key'],
  ['HGETALL', 'cs:registry:probe'],
];

/** What would let a stored byte disappear or change, or let the user give himself more. */
export const FORBIDDEN_COMMANDS: readonly (readonly string[])[] = [
  ['DEL', PROBE],
  ['UNLINK', PROBE],
  ['XDEL', PROBE, '1-0'],
  ['XTRIM', PROBE, 'MAXLEN', '0'],
  ['XSETID', PROBE, '0-0'],
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['SWAPDB', '0', '1'],
  ['SET', PROBE, 'x'],
  ['GETDEL', PROBE],
  ['RENAME', PROBE, 'cs:{probe}:other'],
  ['RENAMENX', PROBE, 'cs:{probe}:other'],
  ['COPY', PROBE, 'cs:{probe}:other', 'REPLACE'],
  ['MOVE', PROBE, '1'],
  ['RESTORE', PROBE, '0', 'x', 'REPLACE'],
  ['EXPIRE', PROBE, '1'],
  ['PEXPIREAT', PROBE, '1'],
  ['SORT', 'cs:decisions:0', 'STORE', PROBE],
  ['HSET', 'cs:registry:probe', 'key', 'value'],
  ['HDEL', 'cs:registry:probe', 'key'],
  ['SREM', 'cs:decisions:0', 'probe'],
  ['XADD', 'outside', '1-0', 'e', ''],
  ['CONFIG', 'SET', 'appendfsync', 'no'],
  ['DEBUG', 'RELOAD'],
  ['FUNCTION', 'FLUSH'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['SHUTDOWN', 'NOSAVE'],
  ['ACL', 'SETUSER', 'default'],
];
