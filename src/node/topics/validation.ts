import type { StandardSchemaV1 } from "@standard-schema/spec";
import { HearsayError } from "../../core/errors.ts";

export type Validation =
  | { readonly kind: "valid"; readonly value: unknown }
  | { readonly kind: "invalid"; readonly detail: string }
  | { readonly kind: "async" };

/** Asks a Standard Schema about `value`. Never throws: a schema that throws finds it invalid. */
export function validate(schema: StandardSchemaV1 | undefined, value: unknown): Validation {
  if (schema === undefined) return { kind: "valid", value };
  let result: ReturnType<StandardSchemaV1["~standard"]["validate"]>;
  try {
    result = schema["~standard"].validate(value);
  } catch (error) {
    return { kind: "invalid", detail: error instanceof Error ? error.message : String(error) };
  }
  if (result instanceof Promise) {
    // Nobody waits for it, and its failure must not end the process.
    result.catch(() => {});
    return { kind: "async" };
  }
  if (result.issues === undefined) return { kind: "valid", value: result.value };
  return { kind: "invalid", detail: result.issues.map(issueText).join("; ") };
}

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
  return typeof face === "object" && face !== null && "validate" in face;
}

function issueText(issue: StandardSchemaV1.Issue): string {
  const path = (issue.path ?? [])
    .map((part) => String(typeof part === "object" ? part.key : part))
    .join(".");
  return path === "" ? issue.message : `${path}: ${issue.message}`;
}
