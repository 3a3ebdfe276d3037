import { tests } from "../../vitest.config.base.ts";

// They wait for a real disk, which a busy machine can make slow.
export default tests({ testTimeout: 30_000 });
