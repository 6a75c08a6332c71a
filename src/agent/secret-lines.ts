import { readFileSync } from "node:fs";
import { HearsayError } from "../core/errors.ts";

/** Longest file of secrets. [because: hundreds of keys or tokens] */
const FILE_MAX_BYTES = 65_536;

/**
 * The lines of a file that holds secrets, without empty ones and comments (`# …`).
 * @throws HearsayError CONFIG_OPTION that names the setting and the file, and none of its lines
 */
export function secretLines(file: string, setting: string): readonly string[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const detail = `${setting} is ${JSON.stringify(file)}, which cannot be read (${reason})`;
    throw new HearsayError("CONFIG_OPTION", `${detail}; name a file that this user may read.`);
  }
  const lines = bytes.toString("utf8").split("\n");
  const told = lines.map((line) => line.trim()).filter((line) => line !== "" && line[0] !== "#");
  if (told.length > 0 && bytes.length <= FILE_MAX_BYTES) return told;
  const what = told.length === 0 ? "holds nothing" : `is longer than ${FILE_MAX_BYTES} bytes`;
  throw new HearsayError("CONFIG_OPTION", `${setting}: the file ${file} ${what}.`);
}
