import { defineConfig, type ViteUserConfig } from "vitest/config";

/**
 * The one test set-up that every package shares. Tests run from source (condition `@sewer/source`);
 * the JSON report is what `npm test` adds up at its end.
 */
export function tests(): ViteUserConfig {
  return defineConfig({
    ssr: { resolve: { conditions: ["@sewer/source", "module", "node", "development|production"] } },
    test: {
      include: ["test/**/*.test.ts"],
      reporters: ["default", "json"],
      outputFile: { json: ".reports/vitest.json" },
      maxWorkers: 2,
      // Limits against hanging only: machines are busy, and the first real HDFS on one is fetched first.
      testTimeout: 60_000,
      hookTimeout: 300_000,
    },
  });
}
