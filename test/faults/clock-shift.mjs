// Preloaded into a worker (`node --import`): its clock is CLOCK_SHIFT_MS off, and SIGUSR2 steps it back two hours.
// What it then reads goes to the parent, who thereby knows that the clock is off.
const real = Date.now;
const TWO_HOURS_MS = 2 * 3600 * 1000;
let shiftMs = Number(process.env['CLOCK_SHIFT_MS']);

const RealDate = globalThis.Date;
class ShiftedDate extends RealDate {
  /** @param {unknown[]} given */
  constructor(...given) {
    // @ts-expect-error whatever a Date is made of
    super(...(given.length === 0 ? [real() + shiftMs] : given));
  }

  static now() {
    return real() + shiftMs;
  }
}
globalThis.Date = /** @type {DateConstructor} */ (/** @type {unknown} */ (ShiftedDate));

process.on('SIGUSR2', () => {
  shiftMs -= TWO_HOURS_MS;
  process.send?.({ clock: Date.now() });
});
