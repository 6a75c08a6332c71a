import { HearsayError } from "../../core/errors.ts";

/** Half a surrogate pair would arrive as another key. @throws HearsayError CONFIG_OPTION */
export function checkKey(key: string): string {
  if (typeof key === "string" && !/\p{Surrogate}/u.test(key)) return key;
  throw new HearsayError("CONFIG_OPTION", `the key of an info is text, not ${show(key)}.`);
}

/** Its end must be a whole number of ms. [because: 30,000 years are as good as for ever] */
const TTL_MAX_MS = 1e15;

/** @throws HearsayError CONFIG_OPTION */
export function checkTtl(ttlMs: number | undefined): void {
  if (ttlMs === undefined) return;
  if (Number.isFinite(ttlMs) && ttlMs > 0 && ttlMs <= TTL_MAX_MS) return;
  const rule = `above 0 and at most ${TTL_MAX_MS}; without it, it never ends`;
  throw new HearsayError("CONFIG_OPTION", `ttlMs is ${show(ttlMs)}, but must be ${rule}.`);
}

/** A misspelt one would silently change nothing. @throws HearsayError CONFIG_OPTION */
export function checkNames(where: string, options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new HearsayError("CONFIG_OPTION", `the options of ${where} are an object.`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const detail = `${unknown} is no option of ${where}: ${names.join(", ")}.`;
  throw new HearsayError("CONFIG_OPTION", detail);
}

/** Where in which life of a node the cursor stands. @throws HearsayError CONFIG_OPTION */
export function parseCursor(cursor: string): { readonly life: string; readonly number: number } {
  const at = typeof cursor === "string" ? cursor.lastIndexOf(":") : -1;
  const number = at < 1 ? Number.NaN : Number(cursor.slice(at + 1));
  if (Number.isSafeInteger(number) && number >= 0) return { life: cursor.slice(0, at), number };
  const rule = "the cursor of a notice, or node.infos.cursor";
  throw new HearsayError("CONFIG_OPTION", `after is ${show(cursor)}, but must be ${rule}.`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
