import { command } from '../command.ts';
import { usage } from '../errors.ts';

interface Options {
  readonly trust: string;
  readonly require: string;
  readonly expect: string;
  readonly subject?: string;
  readonly disclosures?: string;
  readonly timeline?: boolean;
}

export function verifyCommand() {
  return command<Options, [path: string]>({
    name: 'verify',
    description: 'verify an audit pack, offline, with your own trust file',
    define: (built) => {
      built.argument('<path>', 'folder of a pack, sealed file, or view with its seal beside it');
      built.requiredOption('--trust <file>', 'trust file, handed over out of band; never out of the pack');
      built.option('--require <level>', 'lowest level that will do: C1, C2 or C3', 'C2');
      built.option('--expect <outcome>', 'outcome that will do', 'executed');
      built.option('--subject <digest|file>', 'what you are about to run, or have run');
      built.option('--disclosures <file>', 'texts behind the commitments (default: disclosures.json beside the pack)');
      built.option('--timeline', 'every event, a line each');
    },
    examples: [
      [
        'verify pack --trust trust.json --subject model.bin',
        'evidence, outcome, level, and whether it is about this file',
      ],
      ['verify pack --trust trust.json --expect denied', 'a refusal, proven'],
    ],
    run: async (options, _surroundings, path) => {
      const [{ LEVELS, verify, exitCode, renderReport, renderTimeline }, { OUTCOMES }, { readPack }, { trustFiles }] =
        await Promise.all([
          import('../../verifier/index.ts'),
          import('../../core/domain/vocabulary.ts'),
          import('../verify/read-pack.ts'),
          import('../verify/trust-files.ts'),
        ]);
      const require = LEVELS.find((level) => level === options.require);
      if (require === undefined)
        throw usage('there is no such level', { path: '--require', expected: LEVELS.join(', '), got: options.require });
      const expect = OUTCOMES.find((outcome) => outcome === options.expect);
      if (expect === undefined)
        throw usage('there is no such outcome', {
          path: '--expect',
          expected: OUTCOMES.join(', '),
          got: options.expect,
        });
      const { digestOrFile } = await import('../subject.ts');
      const subject = options.subject === undefined ? undefined : await digestOrFile('--subject', options.subject);
      const demands = { require, expect, ...(subject === undefined ? {} : { subject }) };
      const pack = readPack(path, options.disclosures);
      const { trust, pems } = trustFiles(options.trust);
      const { bundle, view, disclosures } = pack;
      const verified = verify({ bundle, view, disclosures, trust, trustName: options.trust, pems, options: demands });
      // What lies beside the pack counts like what lies in it.
      const report =
        pack.besides.length === 0
          ? verified
          : {
              ...verified,
              evidence: 'does_not_hold' as const,
              answers: null,
              findings: [...pack.besides, ...verified.findings],
            };
      const timeline =
        options.timeline === true && report.answers !== null ? `\n\n${renderTimeline(report.answers.timeline)}` : '';
      const { jsonOf } = await import('../verify/report-json.ts');
      // A trust file that cannot be read is no verdict about the pack.
      const exit = report.trust.digest === null ? 2 : exitCode(report, demands);
      return { json: jsonOf(report), text: `${renderReport(report).trimEnd()}${timeline}`, exit };
    },
  });
}
