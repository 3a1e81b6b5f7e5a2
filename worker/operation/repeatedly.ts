/**
 * Runs `run` now and every `everyMs`, never two at once: what takes longer leaves rounds out.
 *
 * @param failed told why a round failed; the next one is run all the same
 */
export function repeatedly(
  everyMs: number,
  run: () => Promise<void>,
  failed: (error: unknown) => void,
): { stop(): void } {
  let running = false;
  const round = async (): Promise<void> => {
    if (running) return;
    running = true;
    try {
      await run();
    } catch (error) {
      failed(error);
    } finally {
      running = false;
    }
  };
  const timer = setInterval(() => void round(), everyMs);
  timer.unref();
  void round();
  return { stop: () => clearInterval(timer) };
}
