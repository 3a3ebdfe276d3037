import type { Clock } from "@sewer/core";
import type { RequestStatistics } from "@sewer/source-http";
import { flowBeans, type BeanFlow } from "./flow-beans.ts";
import type { MBean } from "./mbeans.ts";
import { platformBeans } from "./platform-beans.ts";
import { statisticsBean } from "./statistics-bean.ts";

/** One flow as Jolokia shows it. */
export interface JolokiaFlow extends BeanFlow {
  /** Since the start or the last reset. */
  requestStatistics(): RequestStatistics;
  /** Has {@link requestStatistics} count from 0 again; counters of `/metrics` go on. */
  resetStatistics(): void | Promise<void>;
}

/** All beans of a server, as its flows stand whenever they are gone through. */
export function adminBeans(
  flows: () => readonly JolokiaFlow[],
  surroundings: { readonly clock: Clock; readonly hostname: string; readonly version: string },
): Iterable<MBean> {
  const platform = platformBeans(surroundings);
  return {
    *[Symbol.iterator]() {
      for (const [index, flow] of flows().entries()) {
        yield statisticsBean({
          index,
          read: () => flow.requestStatistics(),
          reset: () => flow.resetStatistics(),
        });
      }
      yield* platform;
      for (const flow of flows()) yield* flowBeans(flow);
    },
  };
}
