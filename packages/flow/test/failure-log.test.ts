import { SewerError } from "@sewer/core";
import { ManualClock } from "@sewer/testkit";
import { expect, test } from "vitest";
import { FailureLog } from "../src/failure-log.ts";
import { RecordingLogger } from "./recording-logger.ts";

function newLog(): { log: FailureLog; logger: RecordingLogger; clock: ManualClock } {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  return { log: new FailureLog(logger, clock, { flow: "pixel", sink: "main" }), logger, clock };
}

const refused = new SewerError("SEWER_REFUSED", "connection refused", { context: { host: "nn1" } });
const standby = new SewerError("SEWER_STANDBY", "this NameNode is a standby");

test("the first failure is told with code, batch and delay", () => {
  const { log, logger } = newLog();
  log.failed(refused, { batch: "b1", delayMs: 12 }, "not delivered");
  expect(logger.lines).toEqual([
    {
      level: "warn",
      message: "not delivered",
      fields: {
        flow: "pixel",
        sink: "main",
        code: "SEWER_REFUSED",
        scope: "sink",
        reason: "connection refused",
        host: "nn1",
        batch: "b1",
        delayMs: 12,
      },
    },
  ]);
});

test("the same code is told once a minute, with what was kept back", () => {
  const { log, logger, clock } = newLog();
  for (let second = 0; second < 180; second += 1) {
    log.failed(refused, {}, "not delivered");
    clock.advance(1000);
  }
  expect(logger.lines.map((line) => line.fields["suppressed"])).toEqual([undefined, 59, 59]);
});

test("another code is told at once, two that take turns once a minute each", () => {
  const { log, logger, clock } = newLog();
  for (let second = 0; second < 60; second += 1) {
    log.failed(second % 2 === 0 ? refused : standby, {}, "not delivered");
    clock.advance(900);
  }
  expect(logger.lines.map((line) => line.fields["code"])).toEqual(["SEWER_REFUSED", "SEWER_STANDBY"]);
});

test("recovery is told once, with how many failures and how long, and only after failures", () => {
  const { log, logger, clock } = newLog();
  log.recovered("works again");
  expect(logger.lines).toEqual([]);
  for (let count = 0; count < 7; count += 1) log.failed(refused, {}, "not delivered");
  clock.advance(5000);
  log.recovered("works again");
  log.recovered("works again");
  expect(logger.of("info")).toEqual([
    {
      level: "info",
      message: "works again",
      fields: { flow: "pixel", sink: "main", failures: 7, forMs: 5000 },
    },
  ]);
});

test("a fault that comes and goes is told once a minute as well", () => {
  const { log, logger, clock } = newLog();
  for (let second = 0; second < 120; second += 1) {
    log.failed(refused, {}, "not delivered");
    log.recovered("works again");
    clock.advance(1000);
  }
  expect(logger.lines.map((line) => line.level)).toEqual(["warn", "info", "warn", "info"]);
});

test("codes without end do not grow it without end", () => {
  const { log, logger } = newLog();
  for (let count = 0; count < 1000; count += 1) log.failed(new SewerError(`SEWER_${count}`, "new"), {}, "no");
  expect(logger.lines.length).toBe(1000);
});
