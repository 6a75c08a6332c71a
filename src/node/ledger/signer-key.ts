import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HearsayError } from "../../core/errors.ts";
import { decodeHex, encodeHex } from "../../core/hex.ts";
import type { Signer } from "../../data/ledger/ledger.contract.ts";
import { newSeed, signerOf } from "./node-crypto.ts";

const KEY_FILE = "signer.key";
const SEED_BYTES = 32;
/** Nobody but the owner. */
const KEY_MODE = 0o600;
const OTHERS = 0o077;

/**
 * The private key of a folder, made when there is none. What is in it is told to nobody, also not
 * in errors.
 * @throws HearsayError DATA_DIR
 */
export function signerIn(folder: string): Signer {
  const path = join(folder, KEY_FILE);
  return signerOf(readSeed(path) ?? makeSeed(path));
}

/** @throws HearsayError CONFIG_OPTION */
export function signerFrom(key: Uint8Array | Signer): Signer {
  if (!(key instanceof Uint8Array)) return key;
  if (key.length === SEED_BYTES) return signerOf(key);
  const rule = `a private key of ${SEED_BYTES} bytes, or an object that signs`;
  throw new HearsayError("CONFIG_OPTION", `key has ${key.length} bytes, but must be ${rule}.`);
}

function readSeed(path: string): Uint8Array | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw unusable(path, "cannot be read");
  }
  const isOpen = process.platform !== "win32" && (statSync(path).mode & OTHERS) !== 0;
  if (isOpen) throw unusable(path, "can be read by others: chmod 600 it");
  const seed = decodeHex(text.trim());
  if (seed?.length !== SEED_BYTES) throw unusable(path, "is no private key of 64 hex digits");
  return seed;
}

function makeSeed(path: string): Uint8Array {
  const seed = newSeed();
  try {
    // "wx": another process must not have made one meanwhile.
    const text = `${encodeHex(seed)}\n`;
    writeFileSync(path, text, { mode: KEY_MODE, flag: "wx", flush: true });
  } catch {
    throw unusable(path, "cannot be written");
  }
  return seed;
}

function unusable(path: string, what: string): HearsayError {
  return new HearsayError("DATA_DIR", `the key of the ledger, ${path}, ${what}`);
}
