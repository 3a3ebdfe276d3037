import { library } from "../../tsup.config.base.ts";

export default library({
  // Side by side: the pool looks for its thread's module beside its own.
  entry: { index: "src/index.ts", "encoder-worker": "src/encoder/encoder-worker.ts" },
});
