import { describe, expect, it } from "vitest";
import { HearsayError } from "../core/errors.ts";
import { Keyring, parseKey } from "./keyring.ts";
import { open, seal, sealedByteLength, sealOverheadBytes } from "./seal.ts";

const first = new Uint8Array(16).fill(1);
const second = new Uint8Array(24).fill(2);
const third = new Uint8Array(32).fill(3);
const nothing = new Uint8Array(0);

function codeOf(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    if (error instanceof HearsayError) return error.code;
    throw error;
  }
  return "none";
}

function lengths(keyring: Keyring): readonly number[] {
  return keyring.installed.map((key) => key.bytes.length);
}

describe("Keyring", () => {
  it("keeps its order, the primary in front", () => {
    const keyring = new Keyring([first, second]);
    keyring.add(third);
    keyring.add(second);
    expect(lengths(keyring)).toEqual([16, 24, 32]);
    keyring.use(third);
    expect(lengths(keyring)).toEqual([32, 16, 24]);
    keyring.remove(first);
    keyring.remove(first);
    expect(lengths(keyring)).toEqual([32, 24]);
    expect(keyring.list()[0]).toBe(Buffer.from(third).toString("base64"));
    expect(keyring.primary.cipher).toBe("aes-256-gcm");
  });

  it("refuses to use a key it does not hold, to remove the primary, and to be empty", () => {
    const keyring = new Keyring([first]);
    expect(codeOf(() => keyring.use(second))).toBe("KEY_UNKNOWN");
    expect(codeOf(() => keyring.remove(first))).toBe("KEY_IN_USE");
    expect(codeOf(() => new Keyring([]))).toBe("KEY_INVALID");
    expect(codeOf(() => keyring.add(new Uint8Array(17)))).toBe("KEY_INVALID");
    expect(lengths(keyring)).toEqual([16]);
  });

  it("holds at most 64 keys", () => {
    const keys = Array.from({ length: 65 }, (_, i) => new Uint8Array(16).fill(i));
    expect(codeOf(() => new Keyring(keys))).toBe("KEY_INVALID");
    expect(codeOf(() => new Keyring(keys.slice(1)))).toBe("none");
  });

  it("reads keys from standard base64 only", () => {
    expect(parseKey("AAECAwQFBgcICQoLDA0ODw==")).toEqual(
      Uint8Array.from({ length: 16 }, (_, i) => i),
    );
    for (const text of [
      "",
      "AAEC",
      "not base64 at all!",
      "AAECAwQFBgcICQoLDA0OD",
      "__________________________==",
    ]) {
      expect(codeOf(() => Keyring.parse([text]))).toBe("KEY_INVALID");
    }
  });
});

describe("seal", () => {
  const ring = new Keyring([second, first]);
  const aad = Uint8Array.of(9, 9);

  it("is opened by any ring that holds the key, in both versions", () => {
    for (const version of [0, 1] as const) {
      for (const length of [0, 1, 15, 16, 17, 1400]) {
        const plain = new Uint8Array(length).fill(length);
        const sealed = seal(ring.primary, plain, { version, aad, prefix: nothing });
        expect(sealed.length).toBe(sealedByteLength(length, version));
        expect(sealed.length - length).toBeLessThanOrEqual(sealOverheadBytes(version));
        const opened = open(new Keyring([first, second]), sealed, aad);
        expect(Uint8Array.from(opened ?? [7])).toEqual(plain);
      }
    }
  });

  it("is not opened by other keys, with other associated bytes, changed or cut", () => {
    const sealed = seal(ring.primary, Uint8Array.of(1, 2, 3), { version: 1, aad, prefix: nothing });
    expect(open(new Keyring([third]), sealed, aad)).toBeUndefined();
    expect(open(ring, sealed, nothing)).toBeUndefined();
    for (let i = 1; i < sealed.length; i += 1) {
      const changed = Uint8Array.from(sealed);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(open(ring, changed, aad)).toBeUndefined();
      expect(open(ring, sealed.subarray(0, i), aad)).toBeUndefined();
    }
  });

  it("of an unknown version is refused", () => {
    const sealed = seal(ring.primary, Uint8Array.of(1), { version: 1, aad, prefix: nothing });
    sealed[0] = 2;
    expect(open(ring, sealed, aad)).toBeUndefined();
  });

  it("never uses a nonce twice", () => {
    const nonces = Array.from({ length: 2000 }, () =>
      seal(ring.primary, nothing, { version: 1, aad, prefix: nothing }).toString("hex", 1, 13),
    );
    expect(new Set(nonces).size).toBe(nonces.length);
  });
});
