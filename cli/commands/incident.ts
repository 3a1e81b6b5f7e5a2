import type { CapturedItem } from '../../documents/incident-evidence.ts';
import { collect, command, group } from '../command.ts';
import type { SignerOptions } from '../key-file.ts';
import { REFERENCE_HELP } from '../measure/reference-help.ts';

interface CaptureOptions extends SignerOptions {
  readonly incident: string;
  readonly package?: readonly string[];
  readonly pack?: readonly string[];
  readonly chain?: readonly string[];
  readonly log?: readonly string[];
  readonly file?: readonly string[];
  readonly reference?: string;
  readonly out: string;
}

interface CheckOptions {
  readonly roster?: string;
  readonly reference?: string;
}

export function incidentCommand() {
  return group(
    'incident',
    'keep what was found at the time of an incident: names, sizes, digests and times, signed; nothing is changed',
    [capture(), check()],
    [
      [
        'incident capture --incident INC-2041 --as iris --package gateway=/srv/gateway --log /var/log/gateway.log --out INC-2041.json',
        'reads, digests, signs; offline',
      ],
      ['incident check INC-2041.json gateway=copies/gateway gateway.log=copies/gateway.log', 'what differs, later'],
    ],
  );
}

const ITEM = 'NAME=PATH, or a path whose last part is the name; repeat for several';

function capture() {
  return command<CaptureOptions>({
    name: 'capture',
    description: 'digest what an incident concerns, opening it for reading alone, and sign what was found',
    define: (built) => {
      built.requiredOption('--incident <id>', 'identifier of the incident; no free text');
      built.requiredOption('--as <actor>', 'who captures');
      built.option('--key <file>', "private key (default: ACTOR.pem in the configuration's folder of keys)");
      built.option('--package <item>', `candidate: file, folder or OCI layout; ${ITEM}`, collect);
      built.option('--pack <item>', `audit pack, as export writes it; ${ITEM}`, collect);
      built.option('--chain <item>', `chain document, backup or archive; ${ITEM}`, collect);
      built.option('--log <item>', `log that nobody writes to any more; ${ITEM}`, collect);
      built.option('--file <item>', `anything else; ${ITEM}`, collect);
      built.option('--reference <name>', REFERENCE_HELP);
      built.requiredOption('--out <file>', 'where the manifest goes, its signature beside it; nothing is overwritten');
    },
    examples: [
      [
        'incident capture --incident INC-2041 --as iris --pack pack --package gateway=/srv/gateway --out INC-2041.json',
        'one pack, one package',
      ],
    ],
    run: async (options, { configPath, say }) => {
      const [{ loadConfig }, { readSigner }, { now }, files, { captureItem }, items, signed] = await Promise.all([
        import('../config.ts'),
        import('../key-file.ts'),
        import('../workplace.ts'),
        import('../files.ts'),
        import('../incident/capture.ts'),
        import('../incident/items.ts'),
        import('../incident/signed.ts'),
      ]);
      const [{ INCIDENT_EVIDENCE_TYPE, readIncidentEvidence }, { canonical }, { signCapture }, canon, { gapsOf }] =
        await Promise.all([
          import('../../documents/incident-evidence.ts'),
          import('../endorsed-file.ts'),
          import('../../founding/index.ts'),
          import('../../core/canon/index.ts'),
          import('../incident/compare.ts'),
        ]);
      const [{ randomBytes }, { printable }, { EXIT }, { toJson }] = await Promise.all([
        import('node:crypto'),
        import('../printable.ts'),
        import('../exit-codes.ts'),
        import('../to-json.ts'),
      ]);
      const config = loadConfig(configPath);
      const { incident, reference, out, package: packages, pack, chain, log, file } = options;
      const wanted = items.itemsOf({
        ...(packages === undefined ? {} : { package: packages }),
        ...(pack === undefined ? {} : { pack }),
        ...(chain === undefined ? {} : { chain }),
        ...(log === undefined ? {} : { log }),
        ...(file === undefined ? {} : { file }),
      });
      items.refuseInside(out, wanted);
      const by = readSigner(config, options);
      const began = now();
      const captured: CapturedItem[] = [];
      for (const each of wanted) {
        say(`capturing ${each.name}`);
        captured.push(await captureItem({ ...each, reference }, now()));
      }
      const { origin, tenant } = config;
      const evidence = {
        _type: INCIDENT_EVIDENCE_TYPE,
        origin,
        tenant,
        incident,
        captured_by: by.actorId,
        began_at: began,
        ended_at: now(),
        items: captured,
      };
      const bytes = canonical(evidence);
      const read = readIncidentEvidence(bytes);
      const manifest = canon.digestBytes(bytes);
      const random = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));
      const envelope = signCapture({ manifest, incident }, by, { origin, tenant, at: now() }, random);
      files.writeNew(out, bytes);
      files.writeNew(signed.signaturePath(out), signed.signatureText(envelope));
      const gaps = gapsOf(read);
      const json = toJson({
        manifest,
        statement: canon.digestJson(envelope),
        file: out,
        items: captured.map(summary),
        gaps,
      });
      const text = [
        ...captured.map(summaryLine),
        ...gaps.map(({ item, path, what }) => `NOT CAPTURED ${item} ${path}: ${what}`),
        `${by.actorId} signed ${manifest}`,
        `written to ${out} and ${signed.signaturePath(out)}`,
      ];
      return { json, text: text.map(printable).join('\n'), exit: gaps.length === 0 ? EXIT.ok : EXIT.refused };
    },
  });
}

function summary({ name, role, entries, package: measured }: CapturedItem) {
  const bytes = entries.reduce((sum, each) => sum + (each.type === 'file' ? each.size : 0), 0);
  return { name, role, entries: entries.length, bytes, package: measured ?? null };
}

function summaryLine(item: CapturedItem): string {
  const { name, role, entries, bytes, package: measured } = summary(item);
  const whole =
    measured === null ? '' : 'digest' in measured ? `, ${measured.digest}` : `, no package: ${measured.refused}`;
  return `${role} ${name}: ${entries} entries, ${bytes} bytes${whole}`;
}

function check() {
  return command<CheckOptions, [capture: string, items: readonly string[]]>({
    name: 'check',
    description: 'hold a capture to its signature, and files to the capture; offline',
    define: (built) => {
      built.argument('<capture>', 'what incident capture wrote, its signature beside it');
      built.argument('<item...>', 'each item of it: NAME=PATH, or a path whose last part is the name');
      built.option(
        '--roster <file>',
        "roster that knows who captured, endorsements beside it (default: the configuration's)",
      );
      built.option('--reference <name>', REFERENCE_HELP);
    },
    examples: [['incident check INC-2041.json gateway=copies/gateway', 'exit code 1 where anything differs']],
    run: async ({ roster, reference }, { configPath }, path, given) => {
      const [{ loadConfig }, { now, readTrust }, { captureItem }, items, signed, compare] = await Promise.all([
        import('../config.ts'),
        import('../workplace.ts'),
        import('../incident/capture.ts'),
        import('../incident/items.ts'),
        import('../incident/signed.ts'),
        import('../incident/compare.ts'),
      ]);
      const [{ EXIT }, { toJson }, { printable }, { usage }] = await Promise.all([
        import('../exit-codes.ts'),
        import('../to-json.ts'),
        import('../printable.ts'),
        import('../errors.ts'),
      ]);
      const config = loadConfig(configPath);
      const capture = signed.readCapture(path);
      const { evidence, digest, statement } = capture;
      const { origin, tenant } = config;
      const vouching = { trust: readTrust(config.trust), origin, tenant, roster: roster ?? config.roster, at: now() };
      const unsigned = signed.checkSigned(capture, vouching);
      const found = new Map<string, CapturedItem>();
      for (const { name, path: at } of items.distinct(given.map(items.namedPath))) {
        const item = evidence.items.find((each) => each.name === name);
        if (item === undefined) {
          const expected = evidence.items.map((each) => each.name).join(', ');
          throw usage('the capture has no such item', { path: at, expected, got: name });
        }
        found.set(name, await captureItem({ name, role: item.role, path: at, reference }, now()));
      }
      const differs = compare.differences(evidence, found);
      const gaps = compare.gapsOf(evidence);
      const holds = unsigned === null && differs.length === 0;
      const signature = unsigned === null ? null : { code: unsigned.code, detail: unsigned.message };
      const json = toJson({
        holds,
        manifest: digest,
        incident: evidence.incident,
        captured_by: evidence.captured_by,
        ended_at: evidence.ended_at,
        signed_at: statement.statement.signed_at,
        signature,
        differences: differs,
        gaps,
      });
      const text = [
        `capture   ${digest}, incident ${evidence.incident}`,
        unsigned === null
          ? `signature holds: ${evidence.captured_by}, who says that it ended ${evidence.ended_at}`
          : `signature does NOT hold: ${unsigned.message}`,
        ...differs.map(
          ({ item, path: at, what, expected, got }) =>
            `differs   ${item} ${at}: ${what}; expected ${expected}; got ${got}`,
        ),
        ...gaps.map(({ item, path: at, what }) => `by name alone: ${item} ${at}: ${what}`),
        holds ? 'nothing differs from what was captured' : 'this is NOT what was captured',
      ];
      return { json, text: text.map(printable).join('\n'), exit: holds ? EXIT.ok : EXIT.refused };
    },
  });
}
