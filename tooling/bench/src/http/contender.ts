import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Nginx } from "../nginx.ts";
import { findProgram } from "../program.ts";
import { RoleProcess } from "../role-process.ts";

/** An HTTP server on core 0 that answers 204 and logs each request. */
export interface Contender {
  readonly port: number;
  /** CPU time so far, in microseconds. */
  cpu(): Promise<number>;
  /** Its resident memory, in bytes. */
  memory(): Promise<number>;
  /** Waits until at least so many requests are logged since the last call. @returns how many were. */
  settle(least: number): Promise<number>;
  close(): Promise<void>;
}

/** What `http-role.ts` says of itself. */
interface Usage {
  readonly cpu: number;
  readonly records: number;
  readonly memory: number;
}

/** A server of `http-role.ts`: ours on one of its read paths, or Node's with the same record. */
export class SpoolContender implements Contender {
  readonly port: number;
  readonly #role: RoleProcess;
  #settled = 0;

  private constructor(role: RoleProcess, port: number) {
    this.#role = role;
    this.port = port;
  }

  static async start(kind: "shared" | "stream" | "node", dir: string): Promise<SpoolContender> {
    const role = new RoleProcess("http-role", { core: 0, arguments: [kind, dir] });
    return new SpoolContender(role, await role.ask<number>("port"));
  }

  async cpu(): Promise<number> {
    return (await this.#role.ask<Usage>("usage")).cpu;
  }

  async memory(): Promise<number> {
    return (await this.#role.ask<Usage>("usage")).memory;
  }

  /** What is answered is recorded already. */
  async settle(): Promise<number> {
    const { records } = await this.#role.ask<Usage>("usage");
    await this.#role.ask("trim");
    const count = records - this.#settled;
    this.#settled = records;
    return count;
  }

  close(): Promise<void> {
    return this.#role.close();
  }
}

/** nginx with a buffered log: what the others are compared with. */
export async function startNginx(dir: string): Promise<Contender> {
  const own = join(dir, "nginx");
  mkdirSync(own);
  const nginx = await Nginx.start(findProgram("nginx")!, own, 0);
  return {
    port: nginx.port,
    cpu: async () => nginx.cpu,
    memory: async () => residentBytes(nginx.worker),
    settle: (least) => nginx.settleAtLeast(least),
    close: () => nginx.close(),
  };
}

/** Resident memory of another process. */
export function residentBytes(pid: number): number {
  const kibibytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1];
  return Number(kibibytes) * 1024;
}
