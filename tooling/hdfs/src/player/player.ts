import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Armed } from "../armed.ts";
import { toSeenRequest } from "../request-match.ts";
import type {
  PlayedAnswer,
  PlayedAnswerSource,
  PlayedLine,
  PlayedMatch,
  PlayedRequest,
} from "./played-answer.ts";
import { PlayedFiles } from "./played-files.ts";

/** What there is to ask. */
export interface PlayerOptions {
  /** @default 1 */
  readonly nameNodes?: number;
  /** @default 1 */
  readonly dataNodes?: number;
  /** @default none: all is answered from the files */
  readonly script?: readonly PlayedLine[];
}

/** Answers that wait for their requests. */
class ArmedAnswer extends Armed<PlayedRequest> {
  readonly answer: PlayedAnswerSource;
  readonly #at: string;

  constructor({ at, ...match }: PlayedMatch, answer: PlayedAnswerSource) {
    super(match);
    this.answer = answer;
    this.#at = at ?? "";
  }

  override takes(request: PlayedRequest): boolean {
    return request.at.startsWith(this.#at) && super.takes(request);
  }
}

/** So many requests are remembered, the latest. */
const seenMax = 10_000;

/**
 * A double of a cluster for tests without Java: HTTP servers that answer from a script, and what the script
 * does not name from files in memory. A DataNode says `100 Continue` to every upload, asked or not, and closes
 * its connection, as Hadoop's does; an upload that breaks off leaves a file that looks like any other.
 */
export class Player {
  /** What the cluster holds. */
  readonly files = new PlayedFiles(() => this.#nextDataNodeUrl());
  /** The requests that came, in their order: the latest 10,000. */
  readonly seen: PlayedRequest[] = [];
  readonly namenodeUrls: string[] = [];
  readonly datanodeUrls: string[] = [];
  readonly #answers: ArmedAnswer[] = [];
  readonly #servers: Server[] = [];
  #redirects = 0;

  private constructor() {}

  /** Starts it on free ports of 127.0.0.1. */
  static async start({ nameNodes = 1, dataNodes = 1, script = [] }: PlayerOptions = {}): Promise<Player> {
    const player = new Player();
    player.play(script);
    for (let i = 1; i <= dataNodes; i++) player.datanodeUrls.push(await player.#listen(`dn${i}`));
    for (let i = 1; i <= nameNodes; i++) player.namenodeUrls.push(await player.#listen(`nn${i}`));
    return player;
  }

  /** Arms one answer. Of several that fit a request, the one armed first is given. */
  on(match: PlayedMatch, answer: PlayedAnswerSource): Armed<PlayedRequest> {
    const armed = new ArmedAnswer(match, answer);
    this.#answers.push(armed);
    return armed;
  }

  /** Arms all answers of a script. */
  play(script: readonly PlayedLine[]): void {
    for (const { match, answer } of script) this.on(match, answer);
  }

  /** Drops all armed answers. */
  clear(): void {
    this.#answers.length = 0;
  }

  /** Ends every connection and stops. */
  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        server.close();
        server.closeAllConnections();
        await once(server, "close");
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listen(at: string): Promise<string> {
    const handle = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#handle(at, request, response);
    const server = createServer(handle).on("checkContinue", handle);
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** DataNodes take turns. */
  #nextDataNodeUrl(): string {
    return this.datanodeUrls[this.#redirects++ % this.datanodeUrls.length] as string;
  }

  async #handle(at: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const played: PlayedRequest = { ...toSeenRequest(method, url), at, headers };
    this.seen.push(played);
    if (this.seen.length > seenMax) this.seen.shift();
    const armed = this.#answers.find((candidate) => candidate.takes(played));
    armed?.strike(played);
    const { answer: source } = armed ?? {};
    const answer = typeof source === "function" ? await source(played) : source;
    const isAtDataNode = at.startsWith("dn");
    if (endsAfter(answer, "head")) return end(answer, response);
    if (isAtDataNode) response.shouldKeepAlive = false;
    if (isAtDataNode && method !== "GET") response.writeContinue();
    if (endsAfter(answer, "continue")) return end(answer, response);
    const early = isEarly(answer) ? answer : undefined;
    const refusal = answer === undefined && isAtDataNode ? this.files.refusalAtDataNode(played) : undefined;
    if (early ?? refusal) return reply(early ?? refusal, response);
    const body = await readBody(request);
    if (answer !== undefined && !endsAfter(answer, "done")) {
      return "end" in answer ? end(answer, response) : reply(answer, response);
    }
    const found = isAtDataNode
      ? this.files.answerAtDataNode(played, body)
      : this.files.answerAtNameNode(played, url);
    if (answer === undefined) reply(found, response);
    else end(answer, response);
  }
}

function endsAfter(answer: PlayedAnswer | undefined, step: "head" | "continue" | "done"): boolean {
  return answer !== undefined && "end" in answer && (answer.after ?? "head") === step;
}

function isEarly(answer: PlayedAnswer | undefined): boolean {
  return answer !== undefined && "status" in answer && !(answer.afterBody ?? answer.status < 300);
}

/** The body, or what came of it before the client broke off. */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  } catch (error) {
    if (!request.destroyed) throw error;
  }
  return Buffer.concat(pieces);
}

function end(answer: PlayedAnswer | undefined, { socket }: ServerResponse): void {
  if (answer === undefined || !("end" in answer)) return;
  if (answer.end === "fin") socket?.destroySoon();
  if (answer.end === "rst") socket?.resetAndDestroy();
}

function reply(answer: PlayedAnswer | undefined, response: ServerResponse): void {
  if (answer === undefined || !("status" in answer)) return;
  const { status, headers = {}, body = "" } = answer;
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const bytes = isRaw ? Buffer.from(body as string) : Buffer.from(JSON.stringify(body));
  const type = isRaw ? {} : { "Content-Type": "application/json" };
  response.writeHead(status, { ...type, ...headers, "Content-Length": bytes.length }).end(bytes);
}
