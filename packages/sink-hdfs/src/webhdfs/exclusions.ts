import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Clock } from "@sewer/core";
import { bareHost } from "./address-guard.ts";
import { portOf } from "./datanode-map.ts";
import type { LiveNode } from "./messages.ts";

/** How long a DataNode that failed is not asked for: a NameNode takes 30 s to 10 min to notice that one is dead. */
const excludedMs = 60_000;

/** Of more, the oldest are forgotten: the request line has a limit. */
const countMax = 32;

interface Excluded {
  readonly url: URL;
  readonly until: number;
  /** What the NameNode knows it by; undefined until it was looked up. */
  known?: string;
}

/** DataNodes that failed lately, for `excludedatanodes`. */
export class DataNodeExclusions {
  readonly #clock: Clock;
  readonly #excluded = new Map<string, Excluded>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A DataNode failed. */
  add(url: URL): void {
    this.#excluded.delete(url.host);
    this.#excluded.set(url.host, { url, until: this.#clock.monotonic() + excludedMs });
    const [oldest] = this.#excluded.keys();
    if (this.#excluded.size > countMax && oldest !== undefined) this.#excluded.delete(oldest);
  }

  /** True when any is excluded now. */
  get hasAny(): boolean {
    for (const [host, { until }] of this.#excluded) {
      if (until <= this.#clock.monotonic()) this.#excluded.delete(host);
    }
    return this.#excluded.size > 0;
  }

  /** All may be asked for again. */
  clear(): void {
    this.#excluded.clear();
  }

  /**
   * The value of `excludedatanodes`: a NameNode looks entries up by `address:transfer port`, or by the address
   * alone where one DataNode has it; never by name or HTTP port. It drops the others silently.
   *
   * @param liveNodes is asked for DataNodes that are excluded for the first time.
   */
  async parameter(liveNodes: () => Promise<readonly LiveNode[]>): Promise<string> {
    const entries: string[] = [];
    for (const excluded of this.#excluded.values()) {
      excluded.known ??= await nameInHdfs(excluded.url, await liveNodes());
      if (excluded.known !== "") entries.push(excluded.known);
    }
    return entries.join(",");
  }
}

async function nameInHdfs(url: URL, liveNodes: readonly LiveNode[]): Promise<string> {
  const port = String(portOf(url));
  const host = bareHost(url);
  const address = isIP(host) === 0 ? await addressOf(host) : host;
  const node = liveNodes.find(({ host: name, infoAddr, infoSecureAddr }) =>
    [infoAddr, infoSecureAddr].some((info) => {
      const [, infoAddress, infoPort] = /^(.*):(\d+)$/.exec(info) ?? [];
      return infoPort === port && (infoAddress === address || name === host);
    }),
  );
  return node?.xferAddr ?? address;
}

/** Empty where there is none: that the name cannot be resolved may be why the DataNode failed. */
async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch {
    return "";
  }
}
