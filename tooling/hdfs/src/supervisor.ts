/**
 * The process behind `pnpm hdfs up`: starts a bed, keeps it, and takes orders on a socket in the cache folder.
 * It tells the process that started it how far it is, by messages, and lets go of it once the bed is ready.
 */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import { isSewerError, SewerError, toSewerError } from "@sewer/core";
import { bedFiles, writeBedState, type BedState, type RoleStatus } from "./bed-state.ts";
import { tryLock } from "./cache.ts";
import { testbedErrors } from "./errors.ts";
import type { Hdfs } from "./hdfs.ts";
import { processFacts } from "./process-identity.ts";
import type { Role } from "./role.ts";
import { startHdfs } from "./start-hdfs.ts";

/** What it tells the process that started it. */
export type SupervisorMessage =
  | { readonly progress: string }
  | { readonly ready: BedState }
  | { readonly failed: { readonly code: string; readonly message: string } };

/** What can be done to one role. */
export const roleActions = {
  kill: (role: Role) => role.kill(),
  stop: (role: Role) => role.stop(),
  start: (role: Role) => role.start(),
  pause: (role: Role) => role.pause(),
  resume: async (role: Role) => role.resume(),
} as const;

/** Runs the supervisor; it ends with the bed. */
export async function supervise(dataNodes: number): Promise<void> {
  const files = bedFiles();
  try {
    const lock = tryLock(files.lock);
    if (lock === undefined) {
      throw new SewerError(testbedErrors.state, "A bed is being started already. See: pnpm hdfs status");
    }
    // Whoever asked for the bed is gone before it was there; its processes end with this one.
    process.once("disconnect", endAtOnce);
    const hdfs = await startHdfs({ dataNodes, onProgress: (progress) => tell({ progress }) });
    const close = async (): Promise<void> => {
      await rm(files.state, { force: true });
      await hdfs.close();
      rmSync(files.socket, { force: true });
      process.exit(0);
    };
    await listen(hdfs);
    const state = stateOf(hdfs);
    await writeBedState(state);
    process.once("SIGTERM", () => void close()).once("SIGINT", () => void close());
    process.off("disconnect", endAtOnce);
    tell({ ready: state });
    process.disconnect?.();
  } catch (error) {
    const { code, message } = toSewerError(error, testbedErrors.prepare);
    process.off("disconnect", endAtOnce);
    tell({ failed: { code, message } });
    process.exitCode = 1;
    process.disconnect?.();
  }
}

function endAtOnce(): void {
  process.exit(1);
}

function tell(message: SupervisorMessage): void {
  process.send?.(message);
}

function stateOf(hdfs: Hdfs): BedState {
  const { namenodeUrl, fsUri, user, clientConfiguration, folder } = hdfs;
  const started = processFacts(process.pid)?.started ?? "";
  const supervisor = { pid: process.pid, started };
  return { supervisor, namenodeUrl, fsUri, user, clientConfiguration, folder };
}

async function listen(hdfs: Hdfs): Promise<void> {
  const { socket } = bedFiles();
  await rm(socket, { force: true });
  const server = createServer((request, response) => {
    void answer(hdfs, request.url ?? "").then(({ status, body }) => {
      response.writeHead(status, { "Content-Type": "application/json", Connection: "close" });
      response.end(JSON.stringify(body));
    });
  });
  server.listen(socket);
  await once(server, "listening");
}

async function answer(hdfs: Hdfs, path: string): Promise<{ status: number; body: unknown }> {
  try {
    const [, name, action] = path.split("/");
    if (action !== undefined) await act(hdfs, name ?? "", action);
    return { status: 200, body: { roles: hdfs.roles.map(statusOf) } };
  } catch (error) {
    if (!isSewerError(error)) throw error;
    return { status: 409, body: { code: error.code, message: error.message } };
  }
}

async function act(hdfs: Hdfs, name: string, action: string): Promise<void> {
  const role = hdfs.roles.find((candidate) => candidate.name === name);
  if (role === undefined) {
    const names = hdfs.roles.map((candidate) => candidate.name).join(", ");
    throw new SewerError(testbedErrors.usage, `There is no role "${name}". There are: ${names}`);
  }
  await roleActions[action as keyof typeof roleActions](role);
}

function statusOf({ name, state, pid, httpUrl }: Role): RoleStatus {
  return { name, state, pid: pid ?? null, httpUrl };
}
