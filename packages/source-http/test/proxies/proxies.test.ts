import { once } from "node:events";
import { connect } from "node:net";
import { seededRandom } from "@sewer/testkit";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { attacks } from "../hostile/attacks.ts";
import { Client } from "../support/client.ts";
import { startSource, stopSource, type OpenSource } from "../support/open-source.ts";
import { describeProgram } from "@sewer/testkit/vitest";
import { proxies } from "./configurations.ts";
import { Proxy } from "./proxy.ts";

/** Of a connection: enough that a proxy sends many over each of its own. */
const requestsEach = 60;
const clients = 8;
const deep = 6;
const seed = 1;

/** A client with a loopback address of its own. */
async function clientAt(address: string, port: number): Promise<Client> {
  const socket = connect({ port, host: "127.0.0.1", localAddress: address, allowHalfOpen: true });
  const client = new Client(socket);
  await once(socket, "connect");
  onTestFinished(() => void socket.destroy());
  return client;
}

/** One of the ways in which a pixel is asked for. The address that it claims is a lie. */
function requestOf(path: string, draw: number): string {
  const head = `${path} HTTP/1.1\r\nHost: h.example\r\nX-Forwarded-For: 198.51.100.1\r\n`;
  if (draw < 0.4) return `GET ${head}\r\n`;
  if (draw < 0.6) return `HEAD ${head}\r\n`;
  if (draw < 0.8) return `POST ${head}Content-Length: 5\r\n\r\nhello`;
  return `POST ${head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;a=b\r\n!\r\n0\r\n\r\n`;
}

const statusesOf = (client: Client): number => [...client.received.matchAll(/^HTTP\/1\.1 (\d+) /gm)].length;

for (const kind of proxies) {
  describeProgram(
    `behind a real ${kind.program}`,
    { name: kind.program, install: "tooling/debian/install.sh http" },
    (program) => {
      let open: OpenSource;
      let proxy: Proxy;
      beforeAll(async () => {
        open = await startSource({ trustedProxies: ["127.0.0.1"] });
        proxy = await Proxy.start([program, ...kind.arguments], (port) =>
          kind.configuration(port, open.port),
        );
      });
      afterAll(async () => {
        await proxy.stop();
        await stopSource(open);
      });

      it(`pipelined, chunked, over shared connections: one record a request, of the right client (seed ${seed})`, async () => {
        open.channel.records.length = 0;
        const random = seededRandom(seed);
        const run = async (index: number): Promise<void> => {
          const client = await clientAt(`127.0.1.${index + 1}`, proxy.port);
          for (let sent = 0; sent < requestsEach;) {
            let batch = "";
            for (
              let depth = 1 + Math.floor(random.next() * deep);
              depth > 0 && sent < requestsEach;
              depth -= 1
            ) {
              batch += requestOf(`/${index}/${sent}`, random.next());
              sent += 1;
            }
            client.send(batch);
            const wanted = sent;
            await client.until(() => statusesOf(client) >= wanted || client.isClosed);
          }
          expect(client.statuses).toEqual(Array(requestsEach).fill(204));
        };
        await Promise.all(Array.from({ length: clients }, (_, index) => run(index)));
        const wanted = Array.from({ length: clients * requestsEach }, (_, index) => {
          const client = Math.floor(index / requestsEach);
          return `127.0.1.${client + 1} /${client}/${index % requestsEach}`;
        });
        const got = open.channel.events.map(({ ip, requestPath }) => `${ip} ${requestPath}`);
        expect(got.toSorted()).toEqual(wanted.toSorted());
        // Else it has not been tested that connections are shared.
        expect(open.source.statistics.connectionsOpened).toBeLessThan((clients * requestsEach) / 4);
      });

      it.for(attacks.map((attack, index) => [attack.kind, index, attack.input] as const))(
        "%s (%i): nothing is smuggled to the request of another client",
        async ([, index, input]) => {
          open.channel.records.length = 0;
          const attacker = await clientAt("127.0.2.1", proxy.port);
          attacker.send(input);
          attacker.socket.end();
          const victim = await clientAt("127.0.3.1", proxy.port);
          victim.send(`GET /victim/${index} HTTP/1.1\r\nHost: h.example\r\nConnection: close\r\n\r\n`);
          await victim.ended();
          expect(victim.received).toMatch(/^HTTP\/1\.1 204 /);
          await attacker.ended();
          const seen = open.channel.events.map(({ ip, requestPath }) => `${ip} ${requestPath}`);
          // The proxy names the client of each request that it knows of: another one would be of its own address.
          expect(seen.filter((line) => !line.startsWith("127.0.2.1 "))).toEqual([
            `127.0.3.1 /victim/${index}`,
          ]);
        },
      );
    },
  );
}
