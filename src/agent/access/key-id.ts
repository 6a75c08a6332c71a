import { createHash } from "node:crypto";
import { HearsayError } from "../../core/errors.ts";

/** Name of a base64 key that gives nothing of the key away: 12 hexadecimal digits. */
export function keyId(key: string): string {
  return createHash("sha256")
    .update("hearsay key id\n")
    .update(Buffer.from(key, "base64"))
    .digest("hex")
    .slice(0, 12);
}

/**
 * The key of `keys` that `keyOrId` is, or names.
 * @throws HearsayError KEY_UNKNOWN
 */
export function findKey(keys: readonly string[], keyOrId: string): string {
  const found = keys.find((key) => key === keyOrId || keyId(key) === keyOrId);
  if (found !== undefined) return found;
  throw new HearsayError(
    "KEY_UNKNOWN",
    "No such key in the keyring; see its ids with: hearsay keyring list",
  );
}
