import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, eventually } from "../support/client.ts";
import { openSource, startSource, stopSource, type OpenSource } from "../support/open-source.ts";
import { attacks, smuggled } from "./attacks.ts";

describe("a smuggled request is never served", () => {
  let open: OpenSource;
  beforeAll(async () => {
    open = await startSource();
  });
  afterAll(() => stopSource(open));

  it.for(attacks.map((attack) => [attack.kind, JSON.stringify(attack.input), attack] as const))(
    "%s: %s",
    async ([, , { input, statuses }]) => {
      open.channel.records.length = 0;
      const client = await Client.open(open.port, true);
      client.send(input);
      client.socket.end();
      await client.ended();
      expect(client.statuses).toEqual(statuses);
      expect(open.channel.paths).toEqual(statuses.filter((status) => status === 204).map(() => "/attack"));
    },
  );

  it("a pause in a body: 408 closes, and what comes then is no request", async () => {
    const { port, channel, clock, source } = await openSource();
    const client = await Client.open(port);
    client.send(`POST /attack HTTP/1.1\r\nHost: h.example\r\nContent-Length: ${smuggled.length}\r\n\r\n`);
    await eventually(() => source.statistics.bufferedBytes > 0);
    clock.advance(11_000);
    await client.answered(1);
    client.send(smuggled);
    await client.ended();
    expect(client.statuses).toEqual([408]);
    expect(channel.records).toHaveLength(0);
  });
});
