/** One HTTP request as somebody in the middle, or a double of the server, sees it. */
export interface SeenRequest {
  /** `GET`, `PUT`, ... */
  readonly method: string;
  /** The WebHDFS operation in upper case, such as `RENAME`; empty when there is none. */
  readonly op: string;
  /** The decoded path without `/webhdfs/v1`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

/** Which requests are meant; what is left out fits all. */
export interface RequestMatch {
  readonly method?: string;
  /** `RENAME`, `CREATE`, ... */
  readonly op?: string;
  /** A text is the whole path. */
  readonly path?: string | RegExp;
  /** The first of them that is meant, from 1. @default 1 */
  readonly nth?: number;
  /** How many are meant from there on. @default 1 */
  readonly times?: number;
}

/** Reads a request line's method and target. */
export function toSeenRequest(method: string, target: string): SeenRequest {
  const { pathname, searchParams } = new URL(target, "http://127.0.0.1");
  const path = decodeURIComponent(pathname).replace(/^\/webhdfs\/v1(?=\/|$)/, "") || "/";
  return { method, op: (searchParams.get("op") ?? "").toUpperCase(), path, query: searchParams };
}

/** Counts the requests that fit a {@link RequestMatch}. */
export class RequestMatcher {
  readonly #match: RequestMatch;
  #fitting = 0;

  constructor(match: RequestMatch) {
    this.#match = match;
  }

  /** True for a request that is meant. Each request may be asked about once: it counts. */
  takes({ method, op, path }: SeenRequest): boolean {
    const { nth = 1, times = 1 } = this.#match;
    if (this.#match.method !== undefined && this.#match.method !== method) return false;
    if (this.#match.op !== undefined && this.#match.op !== op) return false;
    if (this.#match.path !== undefined && !fits(this.#match.path, path)) return false;
    this.#fitting += 1;
    return this.#fitting >= nth && this.#fitting < nth + times;
  }
}

function fits(expected: string | RegExp, path: string): boolean {
  if (typeof expected === "string") return expected === path;
  // A regular expression with the flag g would go on from where it stopped last.
  expected.lastIndex = 0;
  return expected.test(path);
}
