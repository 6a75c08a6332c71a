import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";
import { isThenable } from "../call-listener.ts";
import { errorText } from "../error-text.ts";

export type Validation =
  | { readonly kind: "valid"; readonly value: unknown }
  | { readonly kind: "invalid"; readonly detail: string }
  | { readonly kind: "async" };

/** Asks a Standard Schema about `value`. Never throws: a schema that throws finds it invalid. */
export function validate(schema: StandardSchemaV1 | undefined, value: unknown): Validation {
  if (schema === undefined) return { kind: "valid", value };
  try {
    return verdictOf(schema["~standard"].validate(value));
  } catch (error) {
    return { kind: "invalid", detail: errorText(error) };
  }
}

/** `result` is foreign code's: a schema of one's own may return anything. */
function verdictOf(result: unknown): Validation {
  if (isThenable(result)) {
    // Nobody waits for it, and its failure must not end the process.
    result.then(undefined, () => {});
    return { kind: "async" };
  }
  if (typeof result !== "object" || result === null) return noVerdict;
  const issues = "issues" in result ? result.issues : undefined;
  if (Array.isArray(issues)) {
    return { kind: "invalid", detail: issues.map(issueText).join("; ") };
  }
  if (issues !== undefined || !("value" in result)) return noVerdict;
  return { kind: "valid", value: result.value };
}

const noVerdict: Validation = {
  kind: "invalid",
  detail: "the schema returned neither a value nor a list of issues",
};

/** @throws HearsayError CONFIG_OPTION when `schema` does not follow standardschema.dev. */
export function checkSchema(schema: unknown): void {
  if (schema === undefined || isStandardSchema(schema)) return;
  const detail = "schema must follow Standard Schema (zod, valibot, arktype …; standardschema.dev)";
  throw new HearsayError("CONFIG_OPTION", detail);
}

function isStandardSchema(schema: unknown): schema is StandardSchemaV1 {
  if (schema === null || (typeof schema !== "object" && typeof schema !== "function")) return false;
  if (!("~standard" in schema)) return false;
  const face = schema["~standard"];
  return (
    typeof face === "object" &&
    face !== null &&
    "validate" in face &&
    typeof face.validate === "function"
  );
}

function issueText(issue: unknown): string {
  if (typeof issue !== "object" || issue === null) return String(issue);
  const message = "message" in issue ? String(issue.message) : "not accepted";
  const parts: readonly unknown[] = "path" in issue && Array.isArray(issue.path) ? issue.path : [];
  const path = parts.map(pathText).join(".");
  return path === "" ? message : `${path}: ${message}`;
}

function pathText(part: unknown): string {
  return String(typeof part === "object" && part !== null && "key" in part ? part.key : part);
}
