import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Of the folder itself: what is kept there is its owner's alone. */
const OWNER_ONLY = 0o700;

/**
 * Makes a folder for its owner alone, and what is missing above it for all. Not by Node's own
 * `recursive`, which never returns where a system refuses a name as though what is above it were
 * missing, as under /proc.
 * @throws the error of the system
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  const missing: string[] = [];
  for (let at = folder; !isMade(at, modeOf(at, folder)); at = dirname(at)) missing.push(at);
  for (const at of missing.reverse()) {
    // Others may make the same ones meanwhile.
    if (!isMade(at, modeOf(at, folder))) mkdirSync(at, { mode: OWNER_ONLY });
  }
}

function modeOf(at: string, folder: string): number {
  return at === folder ? OWNER_ONLY : 0o777;
}

/** False when something above it is missing. */
function isMade(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
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
