import { isScalar, visit, type Document, type ScalarTag } from "yaml";

/** The variables that `${VAR}` can name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A `${...}` that could not be replaced, and the offset of its scalar in the text. */
export interface InterpolationFault {
  readonly offset: number;
  readonly message: string;
}

const reference = /\$?\$\{([^}]*)(\}?)/g;
const body = /^([A-Za-z_][A-Za-z0-9_]*)(?:(:-|:\?)([^]*))?$/;

/**
 * Replaces `${VAR}`, `${VAR:-default}` and `${VAR:?message}` in every scalar value of the document, after
 * parsing, so that no value can change the structure. A scalar that is nothing but one reference is typed
 * again: `port: ${PORT}` gives a number. `$${` stands for a literal `${`.
 *
 * As in a shell, the `:` forms take an empty variable for one that is not set.
 */
export function interpolateScalars(document: Document, environment: Environment): InterpolationFault[] {
  const faults: InterpolationFault[] = [];
  visit(document, {
    Scalar(position, node) {
      if (position === "key" || typeof node.value !== "string" || !node.value.includes("${")) return;
      const offset = node.range?.[0] ?? 0;
      const text = node.value;
      const whole = /^\$\{[^}]*\}$/.test(text);
      const replaced = text.replace(reference, (match: string, inner: string, close: string) => {
        if (match.startsWith("$$")) return match.slice(1);
        const result = resolve(inner, close, environment);
        if (result.ok) return result.value;
        faults.push({ offset, message: result.message });
        return match;
      });
      node.value = whole ? typed(document, replaced) : replaced;
    },
  });
  return faults;
}

type Resolution =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly message: string };

function resolve(inner: string, close: string, environment: Environment): Resolution {
  const parts = body.exec(inner);
  if (close === "" || parts === null || inner.includes("${")) {
    const message = "expected ${VAR}, ${VAR:-default} or ${VAR:?message}; write $${ for a literal ${";
    return { ok: false, message };
  }
  const [, name = "", operator, argument = ""] = parts;
  const value = environment[name];
  if (value !== undefined && (operator === undefined || value !== "")) return { ok: true, value };
  if (operator === ":-") return { ok: true, value: argument };
  const reason = operator === ":?" && argument !== "" ? argument : "it is not set and has no default";
  return { ok: false, message: `environment variable ${name}: ${reason}` };
}

/** What YAML would have read, had the text stood there unquoted. The empty text stays one. */
function typed(document: Document, text: string): unknown {
  if (text === "") return text;
  const tag = document.schema?.tags.find(
    (candidate): candidate is ScalarTag =>
      candidate.default === true && "test" in candidate && (candidate.test?.test(text) ?? false),
  );
  if (tag === undefined) return text;
  const value: unknown = tag.resolve(text, () => {}, document.options);
  return isScalar(value) ? value.value : value;
}
