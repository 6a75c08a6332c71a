import { Buffer } from "node:buffer";
import { createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { HearsayError } from "../core/errors.ts";

const KEY_LENGTHS: readonly number[] = [16, 24, 32];
/** A forged packet is tried with every key, so a long ring would be a lever for floods. */
const KEYS_MAX = 64;
const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The AES-GCM variant of each key length. */
export type Cipher = "aes-128-gcm" | "aes-192-gcm" | "aes-256-gcm";

export interface InstalledKey {
  readonly bytes: Uint8Array;
  /** Made once: setting up a key from bytes costs more than sealing a packet. */
  readonly secret: KeyObject;
  readonly cipher: Cipher;
}

/**
 * The AES keys of a node in order; the first one, the primary, seals, and each may open.
 * Source: specs/memberlist-wire.md section 9.1.
 */
export class Keyring {
  private keys: readonly InstalledKey[];

  /** @throws HearsayError KEY_INVALID when there is no key, or one has another length. */
  constructor(keys: readonly Uint8Array[]) {
    this.keys = [];
    for (const key of keys) this.add(key);
    if (this.keys.length === 0) {
      throw new HearsayError(
        "KEY_INVALID",
        "a keyring needs at least one key; `hearsay keygen` makes one",
      );
    }
  }

  /** Keys in base64, the primary first. @throws HearsayError KEY_INVALID */
  static parse(keys: readonly string[]): Keyring {
    return new Keyring(keys.map(parseKey));
  }

  get primary(): InstalledKey {
    const first = this.keys[0];
    if (first === undefined) throw new HearsayError("KEY_INVALID", "the keyring is empty");
    return first;
  }

  /** All keys in the order in which they are tried. */
  get installed(): readonly InstalledKey[] {
    return this.keys;
  }

  /** Base64, the primary first. */
  list(): readonly string[] {
    return this.keys.map((key) => Buffer.from(key.bytes).toString("base64"));
  }

  has(key: Uint8Array): boolean {
    return this.indexOf(key) >= 0;
  }

  /** Appends a key; one that is there stays where it is. @throws HearsayError KEY_INVALID */
  add(key: Uint8Array): void {
    const installed = installedKey(key);
    if (this.has(key)) return;
    if (this.keys.length >= KEYS_MAX) {
      throw new HearsayError(
        "KEY_INVALID",
        `a keyring holds at most ${KEYS_MAX} keys; remove old ones`,
      );
    }
    this.keys = [...this.keys, installed];
  }

  /** Makes an installed key the primary. @throws HearsayError KEY_UNKNOWN */
  use(key: Uint8Array): void {
    const chosen = this.keys[this.indexOf(key)];
    if (chosen === undefined) {
      throw new HearsayError(
        "KEY_UNKNOWN",
        "the key is not in the keyring; install it everywhere first",
      );
    }
    this.keys = [chosen, ...this.keys.filter((other) => other !== chosen)];
  }

  /** Removes a key; one that is not there is no error. @throws HearsayError KEY_IN_USE */
  remove(key: Uint8Array): void {
    const index = this.indexOf(key);
    if (index === 0) {
      throw new HearsayError(
        "KEY_IN_USE",
        "the primary key cannot be removed; use another one first",
      );
    }
    if (index > 0) this.keys = this.keys.filter((_, i) => i !== index);
  }

  private indexOf(key: Uint8Array): number {
    return this.keys.findIndex(
      (one) => one.bytes.length === key.length && timingSafeEqual(one.bytes, key),
    );
  }
}

/** Reads a key of 16, 24 or 32 bytes from standard base64. @throws HearsayError KEY_INVALID */
export function parseKey(text: string): Uint8Array {
  const bytes = base64Text.test(text) ? Uint8Array.from(Buffer.from(text, "base64")) : undefined;
  if (bytes === undefined || !KEY_LENGTHS.includes(bytes.length)) {
    throw new HearsayError(
      "KEY_INVALID",
      "a key is 16, 24 or 32 bytes in standard base64; `hearsay keygen` makes one",
    );
  }
  return bytes;
}

function installedKey(key: Uint8Array): InstalledKey {
  const cipher = cipherOf(key.length);
  if (cipher === undefined) {
    throw new HearsayError("KEY_INVALID", `a key has 16, 24 or 32 bytes, this one ${key.length}`);
  }
  const bytes = Uint8Array.from(key);
  return { bytes, secret: createSecretKey(bytes), cipher };
}

function cipherOf(keyLength: number): Cipher | undefined {
  if (keyLength === 16) return "aes-128-gcm";
  if (keyLength === 24) return "aes-192-gcm";
  return keyLength === 32 ? "aes-256-gcm" : undefined;
}
