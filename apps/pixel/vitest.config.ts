import { tests } from "../../vitest.config.base.ts";

// Many tests start the real program, which takes seconds on a busy machine.
export default tests({ testTimeout: 60_000, hookTimeout: 60_000 });
