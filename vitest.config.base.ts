import { defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * The one test set-up that every package shares. Tests run from source (condition `@sewer/source`);
 * the JSON report is what `npm test` adds up at its end.
 */
export function tests(overrides: ViteUserConfig["test"] = {}): ViteUserConfig {
  return defineConfig({
    ssr: { resolve: { conditions: ["@sewer/source", "module", "node", "development|production"] } },
    test: {
      include: ["test/**/*.test.ts"],
      reporters: ["default", "json"],
      outputFile: { json: ".reports/vitest.json" },
      maxWorkers: 2,
      // The first real HDFS on a machine is fetched before it starts.
      hookTimeout: 300_000,
      ...overrides,
    },
  });
}
