/** DataNodes that are dialled elsewhere than HDFS says: `host` or `host:port` to `host` or `host:port`. */
export type DataNodeMap = Readonly<Record<string, string>>;

/** Where a connection is made to. */
export interface DialAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** True for `host` or `host:port`, an IPv6 address in brackets. */
export function isHostAndPort(text: string): boolean {
  return (
    URL.canParse(`http://${text}`) && /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[1-9]\d{0,4})?$/.test(text)
  );
}

/** Where the map says that a DataNode is dialled; undefined when it says nothing. `host:port` goes before `host`. */
export function dialOf(map: DataNodeMap, url: URL): DialAddress | undefined {
  const port = portOf(url);
  const found = entry(map, `${url.hostname}:${port}`) ?? entry(map, url.hostname);
  if (found === undefined) return undefined;
  const [, host = "", mappedPort] = /^(.*?)(?::(\d+))?$/.exec(found.replace(/^\[(.*)\]/, "$1]")) ?? [];
  return { host: host.replace(/\]$/, ""), port: mappedPort === undefined ? port : Number(mappedPort) };
}

/** The port of a URL, the scheme's own where it names none. */
export function portOf(url: URL): number {
  if (url.port !== "") return Number(url.port);
  return url.protocol === "https:" ? 443 : 80;
}

/** Names of hosts have no case. */
function entry(map: DataNodeMap, name: string): string | undefined {
  return Object.entries(map).find(([key]) => key.toLowerCase() === name)?.[1];
}
