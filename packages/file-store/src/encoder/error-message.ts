import { isSewerError, SewerError, type ErrorRetry, type ErrorScope } from "@sewer/core";
import { fileStoreErrors } from "../errors.ts";

/** An error as it goes from thread to thread: structured clone keeps no class, no symbol and no own field. */
export interface ErrorMessage {
  readonly code: string;
  readonly message: string;
  readonly retry: ErrorRetry;
  readonly scope: ErrorScope;
  readonly context: SewerError["context"];
  /** The stack of the error underneath or, of an error that nobody classified, its own. */
  readonly stack: string | undefined;
}

/** What of an error is sent. An error that nobody classified gets the code `SEWER_FILE_FAILED`. */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (!isSewerError(error)) {
    return toErrorMessage(new SewerError(fileStoreErrors.failed, textOf(error), { cause: error }));
  }
  const { code, message, retry, scope, context, cause } = error;
  return { code, message, retry, scope, context, stack: cause instanceof Error ? cause.stack : undefined };
}

/** The error again. Its cause has the stack of the other thread. */
export function fromErrorMessage(sent: ErrorMessage): SewerError {
  const { code, message, retry, scope, context, stack } = sent;
  if (stack === undefined) return new SewerError(code, message, { retry, scope, context });
  const cause = new Error("in an encoder thread");
  cause.stack = stack;
  return new SewerError(code, message, { retry, scope, context, cause });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
