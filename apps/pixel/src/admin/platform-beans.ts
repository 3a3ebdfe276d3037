import type { Clock } from "@sewer/core";
import type { MBean } from "./mbeans.ts";

/** The `java.lang` beans that watchers ask for, with the values that Node has. */
export function platformBeans(clock: Clock, hostname: string): MBean[] {
  return [
    {
      name: "java.lang:type=Memory",
      attributes() {
        const { heapUsed, heapTotal, external } = process.memoryUsage();
        const outside = { init: 0, committed: external, max: -1, used: external };
        return {
          HeapMemoryUsage: { init: 0, committed: heapTotal, max: -1, used: heapUsed },
          NonHeapMemoryUsage: outside,
        };
      },
    },
    {
      name: "java.lang:type=Runtime",
      attributes() {
        const uptimeMs = Math.round(process.uptime() * 1000);
        return {
          Name: `${process.pid}@${hostname}`,
          VmName: "Node.js",
          VmVersion: process.version,
          Uptime: uptimeMs,
          StartTime: clock.now() - uptimeMs,
        };
      },
    },
  ];
}
