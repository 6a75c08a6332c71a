import type { SettingKey } from "./settings.ts";

/** Where a value comes from, as an error says it. */
export type Source =
  | { readonly kind: "file"; readonly file: string; readonly line: number }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "flag"; readonly name: string };

/** A value as it was written, and where. */
export interface Given {
  readonly value: unknown;
  readonly from: Source;
}

/** What one source gives. */
export type Layer = ReadonlyMap<SettingKey, Given>;

export function sourceText(from: Source): string {
  if (from.kind === "file") return `${from.file} line ${from.line}`;
  return from.kind === "variable" ? `variable ${from.name}` : `flag ${from.name}`;
}
