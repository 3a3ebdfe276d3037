import { defineConfig, type Options } from "tsup";

/** The one build that every package shares: ESM for Node 24, with declarations. */
export function library(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ["src/index.ts"],
    format: ["esm"],
    target: "node24",
    dts: true,
    clean: true,
    sourcemap: true,
    // tsup would turn `node:sqlite` into `sqlite`, which does not exist without its prefix.
    removeNodeProtocol: false,
    ...options,
  });
}
