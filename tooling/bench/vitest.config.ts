import { tests } from "../../vitest.config.base.ts";

export default tests();
