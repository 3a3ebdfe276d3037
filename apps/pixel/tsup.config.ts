import { library } from "../../tsup.config.base.ts";

// The published program carries all workspace code in itself; webhdfs too, because the override that
// replaces its unmaintained `request` holds in this workspace only.
export default library({
  entry: ["src/main.ts"],
  dts: false,
  splitting: true,
  noExternal: [/^@sewer\//, "webhdfs"],
});
