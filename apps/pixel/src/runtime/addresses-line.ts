/** The ports as the line that tells of them names them: `pixel URL status URL admin URL`. */
export function addressesLine(
  flows: readonly { readonly flow: string; readonly pixel: string; readonly status: string }[],
  admin: string | undefined,
): string {
  const parts = flows.map(({ flow, pixel, status }) => {
    return `${flows.length > 1 ? `flow ${flow} ` : ""}pixel ${pixel} status ${status}`;
  });
  return [...parts, ...(admin === undefined ? [] : [`admin ${admin}`])].join(" ");
}
