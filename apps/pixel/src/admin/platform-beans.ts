import { availableParallelism, arch, freemem, loadavg, platform, release, totalmem } from "node:os";
import type { Clock } from "@sewer/core";
import type { MBean } from "./mbeans.ts";

/** What {@link platformBeans} tell. */
export interface PlatformBeansOptions {
  readonly clock: Clock;
  readonly hostname: string;
  /** This program's version. */
  readonly version: string;
}

/** The beans of the Java machine and of Jetty that watchers ask for, with the values that Node has. */
export function platformBeans(options: PlatformBeansOptions): MBean[] {
  return [
    memoryBean,
    runtimeBean(options),
    operatingSystemBean,
    {
      name: "java.lang:type=Threading",
      className: "sun.management.ThreadImpl",
      description: "The thread that runs JavaScript",
      attributes: () => ({
        ThreadCount: 1,
        PeakThreadCount: 1,
        DaemonThreadCount: 0,
        TotalStartedThreadCount: 1,
      }),
    },
    {
      name: "java.lang:type=ClassLoading",
      className: "sun.management.ClassLoadingImpl",
      description: "There are no classes to load",
      attributes: () => ({ LoadedClassCount: 0, TotalLoadedClassCount: 0, UnloadedClassCount: 0 }),
    },
    {
      name: "org.eclipse.jetty.server:id=0,type=server",
      className: "org.eclipse.jetty.server.Server",
      description: "This program in the place of Jetty",
      attributes: () => ({ version: `sewer ${options.version}` }),
    },
  ];
}

const memoryBean: MBean = {
  name: "java.lang:type=Memory",
  className: "sun.management.MemoryImpl",
  description: "Memory of this process, in bytes",
  attributes() {
    const { heapUsed, heapTotal, external } = process.memoryUsage();
    return {
      HeapMemoryUsage: { init: 0, committed: heapTotal, max: -1, used: heapUsed },
      NonHeapMemoryUsage: { init: 0, committed: external, max: -1, used: external },
    };
  },
};

function runtimeBean({ clock, hostname }: PlatformBeansOptions): MBean {
  return {
    name: "java.lang:type=Runtime",
    className: "sun.management.RuntimeImpl",
    description: "This process",
    attributes() {
      const uptimeMs = Math.round(process.uptime() * 1000);
      return {
        Name: `${process.pid}@${hostname}`,
        VmName: "Node.js",
        VmVendor: "OpenJS Foundation",
        VmVersion: process.version,
        Uptime: uptimeMs,
        StartTime: clock.now() - uptimeMs,
      };
    },
  };
}

const operatingSystemBean: MBean = {
  name: "java.lang:type=OperatingSystem",
  className: "com.sun.management.internal.OperatingSystemImpl",
  description: "This machine",
  types: { SystemLoadAverage: "double" },
  attributes: () => ({
    Name: platform(),
    Arch: arch(),
    Version: release(),
    AvailableProcessors: availableParallelism(),
    SystemLoadAverage: loadavg()[0] ?? -1,
    TotalPhysicalMemorySize: totalmem(),
    FreePhysicalMemorySize: freemem(),
  }),
};
