import { setTimeout as sleep } from 'node:timers/promises';
import type { Scenario } from '../scenario.ts';

/**
 * Temporal's database is replaced by a copy from earlier. It has forgotten one decision that was on its way and one that
 * had ended, and remembers two others as they were: one on its way, one that has ended since.
 */
export const temporalOlder: Scenario = {
  name: 'temporal-older',
  site: { workers: 1 },
  async play({ site, recorder, prober, journey, keep }) {
    const older = journey('older', 'executed');
    const ended = journey('ended-since', 'executed');
    await older.open();
    await ended.open();
    const [first, second] = older.plan.approvers;
    await older.approve(first);

    const replace = async (change: () => void) => {
      await prober.unanswerable(async () => {
        await site.killTemporal();
        change();
        await site.restartTemporal();
      });
      // Workers poll again when their own retries say so.
      await sleep(2_000);
    };
    let copy = '';
    await replace(() => {
      copy = site.copyTemporalFiles();
    });
    recorder.note('temporal copied');

    await older.approve(second);
    const claim = await older.claim();
    await ended.decide();
    await ended.end();
    const forgotten = journey('forgotten', 'executed');
    await forgotten.open();
    await forgotten.approve(forgotten.plan.approvers[0]);
    const forgottenEnd = journey('forgotten-and-ended', 'executed');
    await forgottenEnd.travel();

    await keep(ended);
    await keep(forgottenEnd);
    await replace(() => site.restoreTemporalFiles(copy));
    recorder.note('temporal replaced by the older copy');

    // What each of them would do anyway: its next step, and where Temporal knows nothing, the same request again.
    await Promise.all([
      older.confirm(claim).then(() => older.end()),
      ended.approve(ended.plan.approvers[2] ?? '').then(() => ended.end()),
      forgotten
        .open()
        .then(() => forgotten.approve(forgotten.plan.approvers[1]))
        .then(() => forgotten.claim())
        .then((again) => forgotten.confirm(again))
        .then(() => forgotten.end()),
      forgottenEnd.open().then(() => forgottenEnd.end()),
    ]);
  },
};
