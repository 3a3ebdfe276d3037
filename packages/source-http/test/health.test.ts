import { describe, expect, it } from "vitest";
import { healthAnswer, healthText } from "../src/health.ts";
import { Client } from "./support/client.ts";
import { openSource } from "./support/open-source.ts";

const well = [{ name: "spool", failure: undefined }];
const unwell = [...well, { name: "disk", failure: "full" }];

describe("what the status port answers", () => {
  it.for([
    ["/", well, false, 200, ""],
    ["/any?verbose", unwell, false, 200, ""],
    ["/any", well, true, 503, ""],
    ["/livez", unwell, true, 200, ""],
    ["/livez?verbose", unwell, true, 200, "ok\n"],
    ["/readyz", well, false, 200, ""],
    ["/readyz", unwell, false, 503, ""],
    ["/healthz?verbose=1", unwell, false, 503, "[+]spool ok\n[-]disk failed: full\n"],
    ["/readyz?verbose", well, false, 200, "[+]spool ok\n"],
    ["/readyzz", unwell, false, 200, ""],
  ] as const)("%s", ([target, checks, isDraining, status, body]) => {
    expect(healthAnswer(target, { checks, isDraining })).toEqual({ status, body });
  });
});

const ask = (target: string, method = "GET"): string => `${method} ${target} HTTP/1.1\r\nHost: h\r\n\r\n`;

describe("readiness of a source", () => {
  it("follows the channel: full is not ready, a short wait is", async () => {
    const { statusPort, channel, source } = await openSource();
    const client = await Client.open(statusPort);
    for (const [refusal, count] of [
      [undefined, 1],
      ["wait", 2],
      ["full", 3],
      [undefined, 4],
    ] as const) {
      channel.refusal = refusal;
      client.send(ask("/readyz"));
      await client.answered(count);
    }
    expect(client.statuses).toEqual([200, 200, 503, 200]);
    // A probe that reserved was counted as a refusal of the spool.
    expect(channel.reservations).toBe(0);
    expect(source.statistics.requests).toBe(0);
  });

  it("tells what fails, and not to HEAD", async () => {
    const { statusPort, channel, source } = await openSource();
    channel.refusal = "full";
    const client = await Client.open(statusPort);
    client.send(ask("/readyz?verbose", "HEAD"));
    await client.answered(1);
    client.send(ask("/readyz?verbose"));
    await client.until(() => client.received.endsWith("why\n"));
    expect(client.received.split("\r\n\r\n").slice(1).join("|")).toMatch(
      /^HTTP\/1\.1 503 [^]*\|\[\+\]listening ok\n\[\+\]serving ok\n\[-\]spool failed: it takes no events: \/status and the log say why\n$/,
    );
    expect(healthText(source.health)).toContain("[-]spool");
  });
});

describe("draining", () => {
  it("R34 requests are served on, each answer closes, and every path of the status port but /livez is 503", async () => {
    const { port, statusPort, source, channel } = await openSource();
    const kept = await Client.open(port);
    kept.send(ask("/1"));
    await kept.answered(1);
    source.drain();
    kept.send(ask("/2"));
    await kept.ended();
    const late = await Client.open(port);
    late.send(ask("/3"));
    await late.ended();
    expect([...kept.answers, ...late.answers].map((answer) => /connection: close/i.test(answer))).toEqual([
      false,
      true,
      true,
    ]);
    expect(channel.paths).toEqual(["/1", "/2", "/3"]);
    const status = await Client.open(statusPort);
    for (const [index, path] of ["/", "/readyz", "/livez"].entries()) {
      status.send(ask(path));
      await status.answered(index + 1);
    }
    expect(status.statuses).toEqual([503, 503, 200]);
  });
});
