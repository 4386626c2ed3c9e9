import { ok, type Result } from "../../result.ts";

/** Does the work for all, a bounded number at once; after the first failure nothing more is begun. */
export async function inParallel<T>(
  items: T[],
  lanes: number,
  work: (item: T) => Promise<Result<void>>,
): Promise<Result<void>> {
  let next = 0;
  let failed: Result<void> | null = null;
  const lane = async (): Promise<void> => {
    while (failed === null && next < items.length) {
      const item = items[next++] as T;
      const done = await work(item);
      if (!done.ok) failed ??= done;
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return failed ?? ok(undefined);
}
