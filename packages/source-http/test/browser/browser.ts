import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A headless Chromium, driven by the DevTools protocol over a WebSocket. */
export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (message: Answer) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Answer;
      if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    });
  }

  static async start(program: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), "sewer-browser-"));
    const isRoot = process.getuid?.() === 0;
    const flags = [
      "--headless=new",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "--no-first-run",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-extensions",
      // Chromium's sandbox refuses to be built by root.
      ...(isRoot ? ["--no-sandbox"] : []),
    ];
    // A process group of its own: the program may be a script around the browser.
    const child = spawn(program, flags, { stdio: ["ignore", "ignore", "pipe"], detached: true });
    const url = await endpointOf(child);
    const socket = new WebSocket(url);
    await once(socket, "open");
    return new Browser(child, profile, socket);
  }

  /** Opens a page. @returns its session, for {@link Browser.leave}. */
  async open(url: string): Promise<string> {
    const { targetId } = await this.#call("Target.createTarget", { url });
    const { sessionId } = await this.#call("Target.attachToTarget", { targetId, flatten: true });
    return String(sessionId);
  }

  /** Leaves the page as a click on a link does. */
  async leave(session: string, url: string): Promise<void> {
    await this.#call("Page.navigate", { url }, session);
  }

  async close(): Promise<void> {
    const closed = once(this.#child, "close");
    // Its answer may be lost with the connection: what counts is that the browser is gone.
    this.#socket.send(JSON.stringify({ id: 0, method: "Browser.close" }));
    await closed;
    // Helpers of the browser write to the profile for a moment still.
    rmSync(this.#profile, { recursive: true, maxRetries: 50, retryDelay: 100 });
  }

  async #call(method: string, params: object, sessionId?: string): Promise<Record<string, unknown>> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    const { result, error } = await answer;
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }
}

interface Answer {
  readonly id?: number;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** The address that the browser prints at its start. */
async function endpointOf(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr! })) {
    const url = /^DevTools listening on (ws:.*)$/.exec(line)?.[1];
    if (url !== undefined) {
      // Else the browser stops when the pipe is full.
      child.stderr!.resume();
      return url;
    }
    said.push(line);
  }
  throw new Error(`the browser did not start:\n${said.join("\n")}`);
}
