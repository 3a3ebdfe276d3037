import type { Clock } from "./clock.ts";
import type { FileSystem } from "./file-system.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Random } from "./random.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";
import type { StandardSchema } from "./standard-schema.ts";

/** What the surroundings give a component: nothing it needs is global. */
export interface ComponentContext {
  /** The flow's name, and the component's own in it (`source`, or the sink's name). */
  readonly flow: string;
  readonly name: string;
  /** This machine's full host name. */
  readonly hostname: string;
  /** Relative paths in options are relative to this directory. */
  readonly baseDir: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly fs: FileSystem;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

interface Definition<Kind extends string, Options, Component> {
  readonly kind: Kind;
  /** The name that a flow config uses. */
  readonly type: string;
  readonly options: StandardSchema<unknown, Options>;
  create(options: Options, context: ComponentContext): Component;
}

/** How a program finds, configures and makes a source. `Options` is the resolved form. */
export type SourceDefinition<Options> = Definition<"source", Options, Source>;

/** How a program finds, configures and makes a sink. `Options` is the resolved form. */
export type SinkDefinition<Options> = Definition<"sink", Options, Sink>;

/** What a package exports so that a flow config can name it. */
export type ComponentDefinition<Options> = SourceDefinition<Options> | SinkDefinition<Options>;
