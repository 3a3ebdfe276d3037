/**
 * How deep collections may lie in each other. Java has no limit and overflows its stack; honest data is a few levels
 * deep.
 */
export const nestingMax = 64;
