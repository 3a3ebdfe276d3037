import { RoleProcess } from "../role-process.ts";

/** An HTTP server on core 0 that answers 204 and logs each request. */
export interface Contender {
  readonly port: number;
  /** CPU time so far, in microseconds. */
  cpu(): Promise<number>;
  /** Waits until at least so many requests are logged since the last call. @returns how many were. */
  settle(least: number): Promise<number>;
  close(): Promise<void>;
}

/** What `http-role.ts` says of itself. */
interface Usage {
  readonly cpu: number;
  readonly records: number;
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
