/** How many requests {@link inParallel} makes at a time. */
const width = 25;

/** Does the work for all of these, some at a time: the API server queues what comes all at once, and refuses the rest. */
export async function inParallel<T, R>(all: readonly T[], work: (each: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const rest = all.entries();
  const worker = async () => {
    for (const [index, each] of rest) results[index] = await work(each);
  };
  await Promise.all(Array.from({ length: Math.min(width, all.length) }, worker));
  return results;
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
