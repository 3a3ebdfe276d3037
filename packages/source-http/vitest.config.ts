import { mergeConfig } from "vitest/config";
import { tests } from "../../vitest.config.base.ts";

/** All tests run on both read paths, but for those that are long and do not read sockets themselves. */
export default mergeConfig(tests(), {
  test: {
    projects: [
      { extends: true, test: { name: "onread" } },
      {
        extends: true,
        test: {
          name: "stream",
          // Vitest adds `include` lists up, so what is not to run here has to be left out by name.
          exclude: ["browser", "differential", "original"].map((folder) => `test/${folder}/**`),
          env: { SEWER_TEST_READ_PATH: "stream" },
        },
      },
    ],
  },
});
