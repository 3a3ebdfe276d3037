import { tests } from "../../vitest.config.base.ts";

// The first bed on a machine fetches Hadoop.
export default tests({ testTimeout: 60_000, hookTimeout: 300_000 });
