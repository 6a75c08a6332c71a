import { InvalidArgumentError } from "commander";

/** A value as it is typed: JSON, and what is no JSON is text. */
export function valueFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** @throws InvalidArgumentError */
export function ttlFrom(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:[.]\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(number) * (UNITS_MS[unit] ?? Number.NaN);
  if (ms > 0) return ms;
  throw new InvalidArgumentError("It must be a time such as 500ms, 60s, 5m or 2h.");
}
