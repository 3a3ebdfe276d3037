/** Runs `probe` until it gives a value, at most `limitMs`; then fails with what `describe` says. */
export async function eventually<T>(
  probe: () => Promise<T | undefined>,
  { limitMs, describe }: { readonly limitMs: number; readonly describe: () => string },
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > endMs) throw new Error(`not within ${limitMs} ms: ${describe()}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
