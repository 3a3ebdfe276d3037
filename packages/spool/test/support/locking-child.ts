/** Takes the lock whose path it is given, keeps no reference to it, has garbage collected, and stays. */
import { sqliteLocks } from "../../src/index.ts";

const gone = new FinalizationRegistry<string>(() => process.stdout.write("collected\n"));

function take(): void {
  const lock = sqliteLocks.acquire(process.argv[2]!);
  if (lock === undefined) process.stdout.write("refused\n");
  else gone.register(lock, "lock");
}

take();
for (let i = 0; i < 10; i++) {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 1));
}
process.stdout.write("holding\n");
setInterval(() => {}, 1000);
