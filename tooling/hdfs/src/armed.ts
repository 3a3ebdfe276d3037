import { RequestMatcher, type RequestMatch, type SeenRequest } from "./request-match.ts";

/** Something that waits for its requests. */
export class Armed<Request extends SeenRequest = SeenRequest> {
  /** The requests it struck. */
  readonly hits: Request[] = [];
  readonly #matcher: RequestMatcher;
  #isArmed = true;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(match: RequestMatch) {
    this.#matcher = new RequestMatcher(match);
  }

  /** Settles when it has struck `count` times in all. */
  async hit(count = 1): Promise<void> {
    if (this.hits.length >= count) return;
    await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
  }

  /** It strikes no further request. */
  disarm(): void {
    this.#isArmed = false;
  }

  /** @internal */
  takes(request: Request): boolean {
    return this.#isArmed && this.#matcher.takes(request);
  }

  /** @internal */
  strike(request: Request): void {
    this.hits.push(request);
    const due = this.#waiting.filter(({ count }) => count <= this.hits.length);
    this.#waiting = this.#waiting.filter((waiting) => !due.includes(waiting));
    for (const { resolve } of due) resolve();
  }
}
