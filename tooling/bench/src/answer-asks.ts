import type { Answer, Ask } from "./role-process.ts";

/** What a role can be asked, by name. */
export type Handlers = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

/** Serves the asks of the process that started this one, one at a time; `close` runs when that one is gone. */
export function answerAsks(handlers: Handlers, close: () => Promise<void> = async () => {}): void {
  let last: Promise<void> = Promise.resolve();
  process.on("message", (message) => {
    const { id, what, argument } = message as Ask;
    last = last.then(async () => {
      const answer = await answerOf(handlers, what, argument);
      if (process.connected) process.send?.({ id, ...answer } satisfies Answer);
    });
  });
  process.once("disconnect", () => {
    void last.then(close).finally(() => process.exit());
  });
}

async function answerOf(
  handlers: Handlers,
  what: string,
  argument: unknown,
): Promise<{ value: unknown } | { error: string }> {
  try {
    const handler = handlers[what];
    if (handler === undefined) throw new Error(`nothing is done for "${what}"`);
    return { value: await handler(argument as never) };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
