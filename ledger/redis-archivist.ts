import { moved } from './chain-document.ts';
import { unavailable } from './errors.ts';
import type { Archivist } from './ledger.ts';
import { chainKey, requireDecisionId } from './names.ts';
import { type Generation, RedisConnection, valueOf } from './redis-connection.ts';
import { READ_SETTINGS, requireDurable, settingChecks } from './redis-durability.ts';
import { readScript, runScript } from './script.ts';
import { SettingsAfter } from './settings-after.ts';
import { createSealer, type SealingKeys } from './seal.ts';

export interface RedisArchivistOptions {
  /** As the user of `ARCHIVIST_ACL_RULES`: the workers' own has no right to take anything away. */
  readonly url: string;
  readonly macKeys: SealingKeys;
  /** Within which every call settles, in milliseconds; 2,000 unless given. */
  readonly commandTimeoutMs?: number;
}

const ARCHIVE_SCRIPT = readScript('archive-1');

export function createRedisArchivist({ url, macKeys, commandTimeoutMs = 2_000 }: RedisArchivistOptions): Archivist {
  const sealer = createSealer(macKeys);
  const connection = new RedisConnection({ url }, commandTimeoutMs);
  const settingsAfter = new SettingsAfter(connection);
  let durableOn: Generation | undefined;
  return {
    async replace(decisionId, head, document) {
      requireDecisionId(decisionId);
      const deadline = connection.deadline();
      const generation = await connection.ready(deadline);
      if (durableOn !== generation) {
        const [settings] = await connection.send([READ_SETTINGS], generation, deadline, false);
        requireDurable(settingChecks(valueOf(settings, 'reading the settings')), 'not_stored');
        durableOn = generation;
      }
      const { sequence, hash } = head;
      const seal = sealer.sealStub({ decisionId, document, sequence, hash });
      const call = [chainKey(decisionId), sequence, hash, document, seal] as const;
      const around = { after: () => settingsAfter.read(generation, deadline) };
      const replies = await runScript(connection, ARCHIVE_SCRIPT, call, around, generation, deadline);
      // Commit point. The document stood in the store before; a crash from here on leaves a stub that is read through.
      const reply = valueOf(replies.script, 'archiving');
      requireDurable(settingChecks(valueOf(replies.after, 'reading the settings')), 'unknown');
      const [code, detail] = Array.isArray(reply) ? reply.map(String) : [];
      if (code === 'ARCHIVED') return 'archived';
      if (code === 'STANDS') return 'stands';
      if (code === 'MOVED') throw moved(decisionId, head, String(detail));
      throw unavailable('refused', `the archive script answered ${String(code).slice(0, 40)}`, 'unknown');
    },
    async close() {
      connection.close();
    },
  };
}
