import { tests } from "../../vitest.config.base.ts";

// The exhaustive tests (every cut, every split) take a second or two alone, and many times that on a busy machine.
export default tests({ testTimeout: 60_000 });
