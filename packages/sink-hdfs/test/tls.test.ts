import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from "node:tls";
import { systemClock } from "@sewer/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hdfsErrors, hdfsSinkOptions } from "../src/index.ts";
import { getText } from "../src/webhdfs/get-file.ts";
import { checkRedirect } from "../src/webhdfs/redirect.ts";
import { never } from "./events.ts";

const certificate = fixture("dn1.example.cert.pem");
const trusted = getCACertificates("default");
let server: Server;
let address: string;
let servernames: unknown[];

beforeAll(async () => {
  setDefaultCACertificates([...trusted, certificate]);
  server = createServer({ cert: certificate, key: fixture("dn1.example.key.pem") }, (request, response) => {
    servernames.push((request.socket as TLSSocket).servername);
    response.end(request.headers.host);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await new Promise((resolve) => server.close(resolve));
});

function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}

/** What a DataNode says that HDFS knows as `host`, and that is dialled at the server above. */
function askFor(host: string): Promise<string> {
  servernames = [];
  const location = checkRedirect(`https://${host}/webhdfs/v1/f?op=OPEN`, {
    nameNode: new URL("https://nn1.example:9871"),
    op: "OPEN",
    path: "/f",
    map: { [host]: address },
    isPortAllowed: () => false,
  });
  const { limits } = hdfsSinkOptions.parse({
    type: "hdfs",
    namenodes: ["https://nn1.example:9871"],
    path: "/x",
  });
  return getText({ location, limits, clock: systemClock, signal: never });
}

test("a DataNode that is dialled elsewhere proves itself by the name that HDFS gave it", async () => {
  expect(await askFor("dn1.example:9865")).toBe("dn1.example:9865");
  expect(servernames).toEqual(["dn1.example"]);
});

test.each(["dn2.example:9865", "10.0.0.7:9865"])("another's certificate does not do for %s", async (host) => {
  await expect(askFor(host)).rejects.toMatchObject({
    code: hdfsErrors.dataNode,
    message: expect.stringContaining("ERR_TLS_CERT_ALTNAME_INVALID"),
    context: { rule: "DataNode unreachable" },
  });
  expect(servernames).toEqual([]);
});
