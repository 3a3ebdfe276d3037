import { expect, it } from "vitest";
import { Client } from "./support/client.ts";
import { openSource, readPath } from "./support/open-source.ts";

it("the read path is the one that this run is about", async () => {
  const { source } = await openSource();
  expect(source.readPath).toBe(readPath === "stream" ? "stream" : "onread");
});

it("R1 what one connection has begun is not touched by what others read", async () => {
  const { port, channel } = await openSource({ body: { record: true } });
  const clients = await Promise.all(Array.from({ length: 20 }, () => Client.open(port)));
  const bodyOf = (index: number): string => String.fromCharCode(65 + index).repeat(50_000);
  const inputs = clients.map(
    (_, index) =>
      `POST /${index} HTTP/1.1\r\nHost: h${index}\r\nUser-Agent: ${"u".repeat(index)}\r\n` +
      `Content-Length: 50000\r\n\r\n${bodyOf(index)}`,
  );
  // A few bytes of each in turn, then all the rest at once.
  for (let at = 0; at < 60; at += 7) {
    for (const [index, client] of clients.entries()) client.send(inputs[index]!.slice(at, at + 7));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  }
  for (const [index, client] of clients.entries()) client.send(inputs[index]!.slice(63));
  await Promise.all(clients.map((client) => client.answered(1)));
  expect(channel.records).toHaveLength(20);
  for (const event of channel.extendedEvents) {
    const index = Number(event.requestPath.slice(1));
    expect(event).toMatchObject({ host: `h${index}`, userAgent: "u".repeat(index) });
    expect(event.body?.toString("latin1") === bodyOf(index)).toBe(true);
  }
});
