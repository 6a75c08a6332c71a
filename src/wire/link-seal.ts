/**
 * The records of one connection, sealed or in clear. With a keyring a record is
 * u32 length | version 1 | nonce 12 | ciphertext | tag 16, AES-GCM, and the additional data is
 *
 *   label | nonce of the dialler 16 | nonce of the acceptor 16 | direction u8 | number u64
 *
 * with zeros for a nonce that the sender cannot know yet. So a record opens nowhere but in its
 * place, on its connection, in its direction: no replay, reflection or splicing.
 * Source: DESIGN section 5; specs/memberlist-wire.md section 9.2 for the sealed form.
 */
import { Buffer } from "node:buffer";
import type { InstalledKey, Keyring } from "./keyring.ts";
import { NONCE_BYTES } from "./link-hello.ts";
import { joinFrames, type LinkFrame, RECORD_HEAD_BYTES } from "./link-record.ts";
import { openWith, seal, sealedByteLength } from "./seal.ts";

const DIRECTION_BYTES = 1;
const NUMBER_BYTES = 8;
const TAIL_BYTES = 2 * NONCE_BYTES + DIRECTION_BYTES + NUMBER_BYTES;
const UINT32 = 0x100000000;

export type LinkRole = "dialler" | "acceptor";

export class LinkSeal {
  private readonly keyring: Keyring | undefined;
  private readonly out: Buffer;
  private readonly in: Buffer;
  private readonly tailAt: number;
  private outNumber = 0;
  private inNumber = 0;
  /** The one that opened the last record: the next one is most likely sealed with it, too. */
  private lastKey: InstalledKey | undefined;

  constructor(keyring: Keyring | undefined, label: Uint8Array, role: LinkRole) {
    this.keyring = keyring;
    this.tailAt = label.length;
    this.out = aadFor(label, role === "dialler" ? 0 : 1);
    this.in = aadFor(label, role === "dialler" ? 1 : 0);
  }

  /** What sealing adds to a record. */
  get overheadBytes(): number {
    return this.keyring === undefined ? 0 : sealedByteLength(0, 1);
  }

  /** From now on the nonce that `role` said in its hello is part of every record. */
  bind(role: LinkRole, nonce: Uint8Array): void {
    const at = this.tailAt + (role === "dialler" ? 0 : NONCE_BYTES);
    this.out.set(nonce, at);
    this.in.set(nonce, at);
  }

  /** One record with these frames; `joinedBytes` is what they take up. */
  record(frames: readonly LinkFrame[], joinedBytes: number): Uint8Array {
    if (this.keyring !== undefined) return this.sealed(joinFrames(frames, joinedBytes, 0));
    const bytes = joinFrames(frames, joinedBytes, RECORD_HEAD_BYTES);
    bytes.writeUInt32BE(joinedBytes, 0);
    return bytes;
  }

  /** One record with this body. */
  recordOf(body: Uint8Array): Uint8Array {
    if (this.keyring !== undefined) return this.sealed(body);
    const bytes = Buffer.allocUnsafe(RECORD_HEAD_BYTES + body.length);
    bytes.writeUInt32BE(body.length, 0);
    bytes.set(body, RECORD_HEAD_BYTES);
    return bytes;
  }

  /** What stands in the next record that came; undefined when no key opens it here. */
  open(body: Uint8Array): Uint8Array | undefined {
    const { keyring } = this;
    if (keyring === undefined) return body;
    // A padded record is of nobody who speaks this protocol.
    if (body[0] !== 1) return undefined;
    putNumber(this.in, this.inNumber);
    this.inNumber += 1;
    const { installed } = keyring;
    const { lastKey } = this;
    if (lastKey !== undefined && installed.includes(lastKey)) {
      const plain = openWith(lastKey, body, this.in);
      if (plain !== undefined) return plain;
    }
    for (const key of installed) {
      const plain = key === lastKey ? undefined : openWith(key, body, this.in);
      if (plain === undefined) continue;
      this.lastKey = key;
      return plain;
    }
    return undefined;
  }

  private sealed(plain: Uint8Array): Uint8Array {
    const { keyring } = this;
    if (keyring === undefined) throw new Error("nothing to seal with");
    putNumber(this.out, this.outNumber);
    this.outNumber += 1;
    const prefix = Buffer.allocUnsafe(RECORD_HEAD_BYTES);
    prefix.writeUInt32BE(sealedByteLength(plain.length, 1), 0);
    return seal(keyring.primary, plain, { version: 1, aad: this.out, prefix });
  }
}

function aadFor(label: Uint8Array, direction: 0 | 1): Buffer {
  const aad = Buffer.alloc(label.length + TAIL_BYTES);
  aad.set(label, 0);
  aad[label.length + 2 * NONCE_BYTES] = direction;
  return aad;
}

function putNumber(aad: Buffer, number: number): void {
  const at = aad.length - NUMBER_BYTES;
  aad.writeUInt32BE(Math.floor(number / UINT32), at);
  aad.writeUInt32BE(number % UINT32, at + 4);
}
