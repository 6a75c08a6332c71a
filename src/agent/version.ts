import { readFileSync } from "node:fs";

/** The version in package.json; the same path from `src` and from `dist`. */
export function packageVersion(): string {
  const path = new URL("../../package.json", import.meta.url);
  const json: unknown = JSON.parse(readFileSync(path, "utf8"));
  const version =
    typeof json === "object" && json !== null && "version" in json ? json.version : undefined;
  return typeof version === "string" ? version : "unknown";
}
