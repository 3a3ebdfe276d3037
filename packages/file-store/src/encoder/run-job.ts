import { formatOf } from "../formats/format-of.ts";
import { ChunkSender } from "./chunk-sender.ts";
import { toErrorMessage } from "./error-message.ts";
import { tellMain, type EncodingJob, type ToThread } from "./protocol.ts";
import { ReceivedBatch } from "./received-batch.ts";

/** The thread's side of one file (protocol.ts). Never rejects: what fails is told to the main thread. */
export async function runJob(job: EncodingJob): Promise<void> {
  const { port, format, schema } = job;
  const given = new AbortController();
  const batch = new ReceivedBatch(job);
  const tally = { records: 0 };
  const chunks = new ChunkSender(port, tally);
  port.on("message", (message: ToThread) => {
    if (message.type === "taken") chunks.taken();
    else batch.received(message);
  });
  port.on("close", () => given.abort());
  given.signal.addEventListener("abort", () => {
    batch.stop();
    chunks.stop();
  });
  try {
    for await (const piece of formatOf(format, schema).encode(batch, tally, given.signal)) {
      if (!(await chunks.send(piece))) return;
    }
    chunks.end();
    tellMain(port, { type: "done", records: tally.records });
  } catch (error) {
    if (!given.signal.aborted) tellMain(port, { type: "failed", error: toErrorMessage(error) });
  }
}
