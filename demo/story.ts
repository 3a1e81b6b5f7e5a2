import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PROJECT_ROOT } from '../scripts/servers/index.ts';
import { decisionFive } from './decision-five.ts';
import { decisionFour } from './decision-four.ts';
import { decisionOne } from './decision-one.ts';
import { decisionThree } from './decision-three.ts';
import { decisionTwo } from './decision-two.ts';
import { introduce } from './introduction.ts';
import { raiseHouse } from './house.ts';
import { sayWhatToTry } from './keep.ts';
import type { DemoOptions } from './options.ts';
import { UnexpectedError } from './expect.ts';
import { blank, bold, heading, say, seconds, shown, step, table, verbatim } from './print.ts';
import { verifyAll } from './verify.ts';

/** The whole demo. @param cleanup takes whatever has to be stopped or removed, before it is there */
export async function tell(cleanup: AsyncDisposableStack, options: DemoOptions): Promise<void> {
  const began = Date.now();
  const out = outFolder(options);

  heading('Countersign: five promotion decisions, from request to audit pack');
  say(
    'Real servers and processes, fresh keys and ids. Every step is a hashed event in an append-only ledger; each decision ' +
      'ends in a sealed audit pack, which a separate verifier proves from the pack and one trust file.',
  );
  blank();
  const house = await raiseHouse(cleanup, out, step);
  introduce(house);
  const decisions = [await decisionOne(cleanup, house), await decisionTwo(cleanup, house), await decisionThree(house)];
  const broken = await decisionFour(cleanup, house);
  decisions.push(broken, await decisionFive(cleanup, house, { undone: broken, frozen: !options.keep }));

  heading('Verification, in processes of their own');
  if (!options.keep) {
    await house.close();
    step('everything that was started is stopped: what follows needs none of it');
  }
  await verifyAll(cleanup, out, decisions);

  heading('Done');
  say(bold(`Five decisions and ${decisions.length + 1} verifications in ${seconds(Date.now() - began)}.`));
  blank();
  table([
    [
      shown(join(out, '{one,two,three,four,five}')),
      'the packs: sealed core, view, and the texts behind its commitments',
    ],
    [shown(join(out, 'trust')), 'the trust file, and the public keys that it names'],
    [shown(join(out, 'artifacts')), 'the files of the evidence, artifact://acme/ in its references'],
    [shown(join(out, 'notices')), 'who was told that glass was broken past them'],
    [shown(join(out, 'world')), 'the files that stand for production, as the executors left them'],
  ]);
  blank();
  say('Verify one yourself, with every event on a line:');
  verbatim(
    `  npx --no-install countersign verify ${shown(join(out, 'one'))} --trust ${shown(join(out, 'trust', 'trust.json'))} --timeline`,
  );
  if (options.keep) await sayWhatToTry(house);
}

/** The project's own folder is replaced; a folder that somebody names is never emptied. */
function outFolder({ out: given }: DemoOptions): string {
  const out = given === undefined ? join(PROJECT_ROOT, 'demo-out') : resolve(given);
  if (given === undefined) rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const [present] = readdirSync(out);
  if (present !== undefined) throw new UnexpectedError(`${out} is not empty`, 'a new or empty folder', present);
  return out;
}
