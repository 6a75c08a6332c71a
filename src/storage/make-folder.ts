import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and what is missing above it. Not by Node's own `recursive`, which never returns
 * where a system refuses a name as though what is above it were missing, as under /proc.
 * @throws the error of the system
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  for (let at = resolve(path); !isMade(at); at = dirname(at)) missing.push(at);
  for (const at of missing.reverse()) mkdirSync(at);
}

/** False when something above it is missing. */
function isMade(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" && dirname(path) !== path) return false;
    // A disk that is read-only may say so of a folder that is there.
    if (isFolder(path)) return true;
    throw error;
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
