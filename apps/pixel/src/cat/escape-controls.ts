/**
 * JSON text with the control characters escaped that JSON lets stand: DEL and C1 (U+009B begins a command on
 * many terminals), and U+2028 and U+2029, at which some readers break lines. They only occur inside strings,
 * so the value stays what it was.
 */
export function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
