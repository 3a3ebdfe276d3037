/**
 * The client's address as it is recorded: IPv4-mapped IPv6 as IPv4, a zone id kept (docs/specs/http.md,
 * R35).
 *
 * @param remoteAddress what the socket says; undefined when the client is gone already.
 */
export function clientAddress(remoteAddress: string | undefined): Buffer | undefined {
  if (remoteAddress === undefined) return undefined;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(remoteAddress);
  return Buffer.from(mapped?.[1] ?? remoteAddress, "latin1");
}
