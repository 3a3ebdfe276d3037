/** Plain fields beside a message. Never a secret: no token, no URL query, no cookie. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * Where components write what an operator should know. `error`: data was lost or a human is needed;
 * `warn`: it goes on, but not as it should; `info`: a state changed; `debug`: for the engineer.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** Writes nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
