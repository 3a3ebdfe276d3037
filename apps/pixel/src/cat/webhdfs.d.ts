/** The part of npm `webhdfs` 1.2 that is used here. */
declare module "webhdfs" {
  import type { EventEmitter } from "node:events";
  import type { Agent } from "node:http";

  export interface WebHdfsClient {
    stat(path: string, done: (error: Error | null, status?: { length: number; type: string }) => void): void;
    /** Emits `data`, `error`, and `finish` whether it went well or not. */
    createReadStream(path: string, options: { offset: number; length: number }): EventEmitter;
  }

  const webhdfs: {
    /** @param request options of every request; `timeout` is of silence, in milliseconds. */
    createClient(
      options: { host: string; port: string; path: string; user?: string },
      request: { timeout: number; agent: Agent },
    ): WebHdfsClient;
  };
  export default webhdfs;
}
