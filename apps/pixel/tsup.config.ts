import { fileURLToPath } from "node:url";
import { build } from "tsup";
import { library } from "../../tsup.config.base.ts";

// The published program carries all workspace code in itself; webhdfs too, because the override that
// replaces its unmaintained `request` holds in this workspace only.
export default library({
  entry: {
    main: "src/main.ts",
    // The threads that encode run this; EncoderPool looks for it beside itself.
    "encoder-worker": fileURLToPath(
      new URL("../../packages/file-store/src/encoder/encoder-worker.ts", import.meta.url),
    ),
  },
  dts: false,
  splitting: true,
  noExternal: [/^@sewer\//],
  // Straight from the sources, as the tests run.
  esbuildOptions(options) {
    options.conditions = ["@sewer/source"];
  },
  esbuildPlugins: [
    {
      name: "webhdfs",
      setup(bundle) {
        bundle.onResolve({ filter: /^webhdfs$/ }, () => ({ path: "./webhdfs.cjs", external: true }));
      },
    },
  ],
  onSuccess: buildWebHdfs,
});

/** A file of its own and no ES module: one of its dependencies does what strict mode forbids. */
async function buildWebHdfs(): Promise<void> {
  await build({
    config: false,
    entry: { webhdfs: fileURLToPath(import.meta.resolve("webhdfs")) },
    format: ["cjs"],
    target: "node24",
    clean: false,
    silent: true,
    noExternal: [/./],
    outExtension: () => ({ js: ".cjs" }),
    esbuildOptions(options) {
      // Our tsconfig is strict, which would make the output so.
      delete options.tsconfig;
      options.tsconfigRaw = "{}";
    },
  });
}
