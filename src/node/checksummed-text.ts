import { crc32 } from "../core/crc32.ts";
import { encodeUtf8 } from "../core/text.ts";

/** What stands in the first line of a small file of the data directory, over its second. */
export function checksumOf(body: string): string {
  return crc32(encodeUtf8(body)).toString(16).padStart(8, "0");
}

/** undefined for what is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
