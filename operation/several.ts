/** Enough to keep a disk busy with fsyncs; few enough to keep a handful of documents in memory. */
const AT_ONCE = 16;

/** Runs `work` for every item, several at once; ends with the first failure, once those under way have settled. */
export async function several<T>(
  items: AsyncIterable<T> | Iterable<T>,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let batch: T[] = [];
  const drain = async (): Promise<void> => {
    const settled = await Promise.allSettled(batch.map(work));
    batch = [];
    const failed = settled.find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  };
  for await (const item of items) {
    batch.push(item);
    if (batch.length === AT_ONCE) await drain();
  }
  await drain();
}
