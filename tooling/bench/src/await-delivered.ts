import type { SinkStatus } from "@sewer/flow";

const lookEveryMs = 50;
const patienceMs = 240_000;

/** Waits until a sink has delivered exactly so many records since its process began. */
export async function awaitDelivered(statusOf: () => SinkStatus | undefined, records: number): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const status = statusOf();
    const delivered = status?.deliveredRecords ?? 0;
    if (delivered === records) return;
    if (delivered > records) throw new Error(`${delivered} records of ${records} were delivered`);
    if (performance.now() > endMs) {
      const why = status?.lastFailure?.message ?? "no delivery has failed";
      throw new Error(`${delivered} records of ${records} were delivered in ${patienceMs} ms; ${why}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}
