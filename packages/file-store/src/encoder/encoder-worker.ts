/** The module that an encoder thread runs. */
import assert from "node:assert/strict";
import { parentPort } from "node:worker_threads";
import type { EncodingJob } from "./protocol.ts";
import { runJob } from "./run-job.ts";

assert(parentPort !== null, "this module runs in a worker thread");
parentPort.on("message", (job: EncodingJob) => void runJob(job));
