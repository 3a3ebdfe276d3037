import { execFile } from "node:child_process";
import type { Clock, Logger } from "@sewer/core";

/** What a {@link SystemdNotifier} needs. */
export interface SystemdNotifierOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of this process: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`, and `PATH`, on which systemd-notify lies. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Tells systemd how this process stands, when it was started by a unit of `Type=notify` (sd_notify(3)); does
 * nothing otherwise. Node has no datagram sockets of AF_UNIX, so each message is sent by systemd-notify(1); one
 * runs at a time.
 */
export class SystemdNotifier {
  readonly #options: SystemdNotifierOptions;
  #cancelWatchdog = (): void => {};
  #sent: Promise<void> = Promise.resolve();
  #isSending = false;
  #hasFailed = false;

  constructor(options: SystemdNotifierOptions) {
    this.#options = options;
  }

  /** Everything is open. From now on the watchdog, if the unit has one, hears twice in its time that we turn. */
  ready(): void {
    this.#notify("READY=1");
    const { WATCHDOG_USEC: time, WATCHDOG_PID: pid } = this.#options.env;
    const everyMs = Number(time) / 2000;
    if (everyMs > 0 && (pid === undefined || pid === String(process.pid))) this.#scheduleWatchdog(everyMs);
  }

  /** The stop has begun. The watchdog goes on: a stop that hangs is to be seen too. */
  stopping(): void {
    this.#notify("STOPPING=1");
  }

  /** The end. Settles when everything was said. */
  close(): Promise<void> {
    this.#cancelWatchdog();
    return this.#sent;
  }

  #scheduleWatchdog(everyMs: number): void {
    this.#cancelWatchdog = this.#options.clock.schedule(everyMs, () => {
      this.#scheduleWatchdog(everyMs);
      if (!this.#isSending) this.#notify("WATCHDOG=1");
    });
  }

  #notify(message: string): void {
    if (!this.#options.env["NOTIFY_SOCKET"]) return;
    this.#sent = this.#sent.then(() => this.#send(message));
  }

  #send(message: string): Promise<void> {
    const { env, logger } = this.#options;
    this.#isSending = true;
    return new Promise((resolve) => {
      execFile("systemd-notify", [message], { env: { ...env }, timeout: 10_000 }, (error) => {
        this.#isSending = false;
        if (error !== null && !this.#hasFailed) {
          this.#hasFailed = true;
          const advice = "systemd is not told how this server stands; without systemd-notify use Type=exec";
          logger.warn({ reason: error.message, message }, advice);
        }
        resolve();
      });
    });
  }
}
