import type { Trial } from "./trial.ts";

/** One line of the table: what is done to a real HDFS, or to the server, while events flow. */
export interface Fault {
  /** Names its directory in HDFS too, with dashes for what is no letter or digit. */
  readonly name: string;
  /** Part of every test run; the others are the soak's. */
  readonly quick?: boolean;
  readonly cluster: ClusterKind;
  /**
   * `roles`: processes or the state of the whole cluster, so nothing else may run. `requests`: what the proxies of
   * this trial let through, its own directory, its own server; several run side by side.
   */
  readonly touches: "roles" | "requests";
  /** More of the config of the sink `main`. */
  readonly sink?: Readonly<Record<string, unknown>>;
  /** A second sink, `other`, of the same flow; what it does not say is as in `main`. */
  readonly otherSink?: (trial: Trial) => Readonly<Record<string, unknown>>;
  /** Made before the server starts. */
  readonly prepare?: (trial: Trial) => Promise<void>;
  /** Settles when it has struck: when something failed, hung or was lost by it. */
  readonly make: (trial: Trial) => Promise<void>;
  /** Undoes it. @default every role runs, every proxy passes on, the server is up */
  readonly heal?: (trial: Trial) => Promise<void>;
  /** Sentences on what else is wrong in the end. */
  readonly check?: (trial: Trial) => Promise<readonly string[]>;
  /** What has to be in quarantine in the end: one batch of `main`, or all of `other`. @default nothing */
  readonly quarantined?: "one of main" | "all of other";
}

/** `single`: one NameNode, two DataNodes. `pair`: two NameNodes, one of them active. */
export type ClusterKind = "single" | "pair";
