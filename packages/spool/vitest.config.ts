import { tests } from "../../vitest.config.base.ts";

// Real files and real syncs: a slow disk is no failure.
export default tests({ testTimeout: 60_000 });
