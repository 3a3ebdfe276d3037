/** One thing that has to be well for requests to be served. */
export interface HealthCheck {
  readonly name: string;
  /** Why it is not well; undefined when it is. */
  readonly failure: string | undefined;
}

/** What the status port answers. */
export interface HealthAnswer {
  readonly status: 200 | 503;
  /** Empty unless it was asked for with `?verbose`. */
  readonly body: string;
}

/**
 * The answer of the status port. `/livez` is 200 while the process turns; `/readyz` and `/healthz` are 503 while
 * a check fails. Every other path is 200, as the original's, until the source drains: from then on load balancers
 * that ask any path are to take this server out.
 *
 * @param target the request's target.
 */
export function healthAnswer(
  target: string,
  { checks, isDraining }: { readonly checks: readonly HealthCheck[]; readonly isDraining: boolean },
): HealthAnswer {
  const [path = "", query = ""] = target.split(/\?(.*)/s);
  const isVerbose = new URLSearchParams(query).has("verbose");
  if (path === "/livez") return { status: 200, body: isVerbose ? "ok\n" : "" };
  if (path !== "/readyz" && path !== "/healthz") return { status: isDraining ? 503 : 200, body: "" };
  const isReady = checks.every(({ failure }) => failure === undefined);
  return { status: isReady ? 200 : 503, body: isVerbose ? `${healthText(checks)}\n` : "" };
}

/** Checks for people, a line each: `[+]spool ok`, `[-]spool failed: it is full`. */
export function healthText(checks: readonly HealthCheck[]): string {
  return checks
    .map(({ name, failure }) => (failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`))
    .join("\n");
}
