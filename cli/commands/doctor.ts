import { command } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { toJson } from '../to-json.ts';

const UNREACHABLE: ReadonlySet<string> = new Set(['temporal.unreachable', 'ledger.unavailable', 'worker.silent']);

export function doctorCommand() {
  return command({
    name: 'doctor',
    description: 'what is reachable, durable, in force and in step; a line each, with what to do',
    examples: [
      ['doctor', 'after setting up, and whenever something waits'],
      ['doctor --json', 'for monitoring'],
    ],
    run: async (_options, { configPath }) => {
      const [{ loadConfig }, local, { checkLedger }, { checkTemporal }] = await Promise.all([
        import('../config.ts'),
        import('../doctor/local-checks.ts'),
        import('../doctor/ledger-checks.ts'),
        import('../doctor/temporal-checks.ts'),
      ]);
      const config = loadConfig(configPath);
      const { check, trust } = await local.checkTrust(config);
      const [keys, ledger, temporal] = await Promise.all([
        local.checkServiceKeys(config, trust),
        checkLedger(config, trust),
        checkTemporal(config),
      ]);
      const folders = [local.checkFolder('store', config.store), local.checkFolder('disclosures', config.disclosures)];
      const checks = [check, ...folders, ...keys, ...ledger, ...temporal];
      const failed = checks.filter(({ state }) => state === 'FAIL');
      const lines = checks.map(({ name, state, found, todo }) =>
        printable(`${state.padEnd(7)} ${name}: ${found}${todo === '' ? '' : `; to do: ${todo}`}`),
      );
      const unreachable = failed.some(({ code }) => code !== null && UNREACHABLE.has(code));
      const exit = failed.length === 0 ? EXIT.ok : unreachable ? EXIT.unreachable : EXIT.refused;
      return {
        json: { ok: failed.length === 0, checks: toJson(checks) },
        text: lines.join('\n'),
        exit,
      };
    },
  });
}
