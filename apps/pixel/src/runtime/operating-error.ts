/** The code of an error that the operating system gave (`EACCES`); undefined for any other. */
export function operatingErrorCode(error: unknown): string | undefined {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof Error && typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
