/** How a node guards its port: with a label, with keys, with both or neither. */
import type { Random } from "../../src/core/random.ts";
import type { PacketCodecOptions } from "../../src/peers/swim/wire/packet.wire.ts";
import { Keyring } from "../../src/wire/keyring.ts";
import { NONCE_BYTES, seal, sealedByteLength } from "../../src/wire/seal.ts";
import { byteMutations, joined } from "./mutation/byte-mutations.ts";

export interface Door {
  readonly name: string;
  readonly label: string;
  readonly keyring: Keyring | undefined;
  readonly verifyIncoming: boolean;
}

const keyring = new Keyring([new Uint8Array(16).fill(1), new Uint8Array(32).fill(2)]);
const LABEL_TYPE = 0xf4;
const SEALED_STREAM = 0x0a;

export const doors = {
  open: { name: "open", label: "", keyring: undefined, verifyIncoming: true },
  labelled: { name: "labelled", label: "blue", keyring: undefined, verifyIncoming: true },
  keyed: { name: "keyed", label: "", keyring, verifyIncoming: true },
  both: { name: "both", label: "blue", keyring, verifyIncoming: true },
  lenient: { name: "lenient", label: "", keyring, verifyIncoming: false },
} as const satisfies Readonly<Record<string, Door>>;

const { open, labelled, keyed, both, lenient } = doors;

/** In turn; the open one more often, for sealing costs more than all the rest of an input. */
export const allDoors: readonly Door[] = [open, labelled, keyed, open, both, open, lenient];

export function codecOptions(door: Door): PacketCodecOptions {
  const { label, keyring: ring, verifyIncoming } = door;
  const options = { label, verifyIncoming, verifyOutgoing: true, compression: "off" } as const;
  return { ...options, keyring: ring };
}

/** Sealed with a right key and labelled, so that what is inside gets in; or spoiled after that. */
export function packetThrough(door: Door, plain: Uint8Array, random: Random): Uint8Array {
  const label = Buffer.from(door.label);
  const sealed = random.chance(0.03) ? plain : sealedFor(door, { plain, aad: label }, random);
  return spoiled(joined(headerOf(label), sealed), random);
}

/** The same for a stream; only who dials writes the label. */
export function streamThrough(
  door: Door,
  plain: Uint8Array,
  random: Random,
): { readonly acceptor: Uint8Array; readonly dialer: Uint8Array } {
  const label = Buffer.from(door.label);
  const inner = random.chance(0.03) ? plain : sealedStream(door, plain, random);
  return { acceptor: spoiled(joined(headerOf(label), inner), random), dialer: inner };
}

function sealedStream(door: Door, plain: Uint8Array, random: Random): Uint8Array {
  if (door.keyring === undefined) return plain;
  const head = Buffer.alloc(5);
  head[0] = SEALED_STREAM;
  head.writeUInt32BE(sealedByteLength(plain.length, 1), 1);
  const aad = joined(head, Buffer.from(door.label));
  if (random.chance(0.02)) head.writeUInt32BE(random.uint32(), 1);
  return joined(head, sealedFor(door, { plain, aad }, random));
}

function sealedFor(
  door: Door,
  what: { readonly plain: Uint8Array; readonly aad: Uint8Array },
  random: Random,
): Uint8Array {
  const keys = door.keyring?.installed ?? [];
  if (keys.length === 0) return what.plain;
  const key = keys[random.below(keys.length)];
  if (key === undefined) return what.plain;
  const nonce = Uint8Array.from({ length: NONCE_BYTES }, () => random.below(256));
  const version = random.chance(0.1) ? 0 : 1;
  const { aad } = what;
  return seal(key, what.plain, { version, aad, prefix: new Uint8Array(0), nonce });
}

function headerOf(label: Uint8Array): Uint8Array {
  return label.length === 0 ? label : joined(Uint8Array.of(LABEL_TYPE, label.length), label);
}

function spoiled(bytes: Uint8Array, random: Random): Uint8Array {
  if (!random.chance(0.04)) return bytes;
  const spoil = random.chance(0.5) ? byteMutations["flipBits"] : byteMutations["truncate"];
  return spoil?.(bytes, random, bytes) ?? bytes;
}
