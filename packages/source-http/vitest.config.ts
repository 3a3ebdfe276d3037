import { mergeConfig } from "vitest/config";
import { tests } from "../../vitest.config.base.ts";

/** The tests that open sockets run on both read paths, the others once. */
export default mergeConfig(tests(), {
  test: {
    projects: [
      { extends: true, test: { name: "onread" } },
      {
        extends: true,
        test: {
          name: "stream",
          include: ["rules", "connection", "http-source", "backpressure", "body", "read-path"].map(
            (name) => `test/${name}.test.ts`,
          ),
          env: { SEWER_TEST_READ_PATH: "stream" },
        },
      },
    ],
  },
});
