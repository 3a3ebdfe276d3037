import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { SewerError } from "@sewer/core";
import { bedFiles, readBedState, type BedState, type RoleStatus } from "./bed-state.ts";
import { testbedErrors } from "./errors.ts";
import { jvmArguments } from "./hadoop.ts";
import { findJava, javaEnvironment } from "./java.ts";
import { prepareHadoop, type Progress } from "./prepare-hadoop.ts";
import { isAlive, signalProcess } from "./process-identity.ts";
import type { SupervisorMessage } from "./supervisor.ts";
import { tailOfFile } from "./text-tail.ts";

const answerMsMax = 150_000;
const downMsMax = 30_000;

/** Starts the bed of the command line in a process of its own and waits until it is ready. */
export async function bedUp(dataNodes: number, onProgress: Progress): Promise<BedState> {
  // Said here, at once, rather than by a process in the background.
  findJava();
  const files = bedFiles();
  mkdirSync(files.folder, { recursive: true });
  const log = openSync(files.log, "w");
  const supervisor = spawn(
    process.execPath,
    [...process.execArgv, join(import.meta.dirname, "cli.ts"), "supervise", String(dataNodes)],
    { detached: true, stdio: ["ignore", log, log, "ipc"], cwd: files.folder },
  );
  closeSync(log);
  try {
    return await new Promise<BedState>((resolve, reject) => {
      supervisor.on("message", (message) => {
        const told = message as SupervisorMessage;
        if ("progress" in told) onProgress(told.progress);
        else if ("ready" in told) resolve(told.ready);
        else reject(new SewerError(told.failed.code, told.failed.message));
      });
      supervisor.once("error", reject);
      // Comes after the last message, which the end of the process need not.
      supervisor.once("disconnect", () => {
        const tail = tailOfFile(files.log);
        reject(new SewerError(testbedErrors.role, `The bed ended before it was ready.\n${tail}`));
      });
    });
  } finally {
    if (supervisor.connected) supervisor.disconnect();
    supervisor.unref();
  }
}

/** The bed that is up. Fails with `SEWER_TESTBED_STATE` when there is none. */
export async function needBed(): Promise<BedState> {
  const bed = await readBedState();
  if (bed !== undefined) return bed;
  throw new SewerError(testbedErrors.state, "HDFS is not up. Start it: pnpm hdfs up");
}

/** Sends an order to the supervisor and gives the roles as they are after it. */
export async function bedRequest(bed: BedState, path: string): Promise<readonly RoleStatus[]> {
  const sent = request({
    socketPath: bedFiles().socket,
    path,
    method: "POST",
    signal: AbortSignal.timeout(answerMsMax),
  });
  sent.end();
  let response;
  try {
    [response] = await once(sent, "response");
  } catch (error) {
    const what = `The bed's supervisor (process ${bed.supervisor.pid}) does not answer. End it: pnpm hdfs down`;
    throw new SewerError(testbedErrors.state, what, { cause: error });
  }
  const body = (await json(response)) as { roles: RoleStatus[] } | { code: string; message: string };
  if ("roles" in body) return body.roles;
  throw new SewerError(body.code, body.message);
}

/** Ends the bed; a supervisor that does not obey is killed, and its processes with it. False when none was up. */
export async function bedDown(): Promise<boolean> {
  const bed = await readBedState();
  if (bed === undefined) return false;
  signalProcess(bed.supervisor, "SIGTERM");
  const limit = AbortSignal.timeout(downMsMax);
  while (isAlive(bed.supervisor)) {
    if (limit.aborted) signalProcess(bed.supervisor, "SIGKILL");
    await delay(50);
  }
  await rm(bedFiles().state, { force: true });
  return true;
}

/** Runs Hadoop's own `fs` on the bed, with the terminal's input and output, and gives its exit code. */
export async function runFs(toolArguments: readonly string[]): Promise<number> {
  const bed = await needBed();
  const hadoop = await prepareHadoop();
  const mainClass = "org.apache.hadoop.fs.FsShell";
  const jvm = jvmArguments(hadoop, { kind: "client", mainClass, folders: [bed.clientConfiguration] });
  const tool = spawn(hadoop.java.java, [...jvm, ...toolArguments], {
    stdio: "inherit",
    env: javaEnvironment({ HADOOP_USER_NAME: bed.user }),
  });
  const [code] = (await once(tool, "exit")) as [number | null];
  return code ?? 1;
}
