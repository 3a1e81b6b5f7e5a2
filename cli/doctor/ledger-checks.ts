import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasCode } from '../../core/errors.ts';
import type { TrustFile } from '../../documents/trust-reader.ts';
import type { Ledger } from '../../ledger/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { Config } from '../config.ts';
import { readPolicyFile } from '../policy-file.ts';
import { now } from '../workplace.ts';
import { attempt, type Check, fail, ok, skipped } from './check.ts';

const REMEDY = 'start Redis or Valkey, and set REDIS_URL (or redis of the configuration) to where it runs';

/** Redis: reachable, durable, with the right permissions; then what it says is in force. */
export async function checkLedger(config: Config, trust: TrustFile | null): Promise<readonly Check[]> {
  if (!existsSync(join(config.serviceKeys, 'mac.key')))
    return [skipped('ledger', 'the sealing key is not on this machine, so the ledger cannot be asked')];
  try {
    config.redisUrl();
  } catch (error) {
    if (!hasCode(error)) throw error;
    return [fail('ledger', error.code, error.message, REMEDY)];
  }
  const [{ withLedger }, { createRegistry, createRestrictions }, { createDirectoryStore }, governance] =
    await Promise.all([
      import('../open-ledger.ts'),
      import('../../registry/index.ts'),
      import('../../store/index.ts'),
      import('./governance-checks.ts'),
    ]);
  return withLedger(config, async (ledger) => {
    const health = await checkHealth(ledger);
    if (trust === null || health.some(({ code }) => code === 'ledger.unavailable')) return health;
    const store = createDirectoryStore({ directory: config.store });
    const dependencies = { ledger, store, trust, tenant: config.tenant };
    const registry = createRegistry(dependencies);
    const restrictions = createRestrictions({ ...dependencies, registry });
    const inForce = [await checkPolicy(config, registry), await checkRoster(registry)];
    return [
      ...health,
      ...inForce,
      ...(await governance.checkGovernance({ ...dependencies, registry, restrictions }, now())),
    ];
  });
}

async function checkHealth(ledger: Ledger): Promise<readonly Check[]> {
  const failing: Check[] = [];
  const summary = await attempt('ledger', REMEDY, async () => {
    const { checks } = await ledger.check();
    for (const { name, ok: holds, code, expected, got } of checks) {
      if (!holds) failing.push(fail(`ledger ${name}`, code, got, `set it to: ${expected}`));
    }
    return ok('ledger', `answers; ${checks.length - failing.length} of ${checks.length} checks hold`);
  });
  return [summary, ...failing];
}

function checkPolicy(config: Config, registry: Registry): Promise<Check> {
  return attempt('policy in force', 'countersign policy sign, then countersign policy publish', async () => {
    const { document, reference } = await registry.policyInForce(now());
    const local = existsSync(config.policy) ? readPolicyFile(config.policy).digest : null;
    const step = local === null || local === reference.digest ? '' : `; ${config.policy} is another (${local})`;
    return ok('policy in force', `version ${document.version}, serial ${reference.serial}, ${reference.digest}${step}`);
  });
}

function checkRoster(registry: Registry): Promise<Check> {
  return attempt('roster in force', 'countersign roster sign, then countersign roster publish', async () => {
    const { reference } = await registry.rosterInForce(now());
    return ok('roster in force', `serial ${reference.serial}, ${reference.digest}`);
  });
}
