import { tests } from "../../vitest.config.base.ts";

// Real files and sockets, on machines that do other things as well.
export default tests({ testTimeout: 60_000 });
