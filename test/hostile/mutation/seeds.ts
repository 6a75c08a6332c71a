/** What mutation starts from: the vectors of the real programs, opened, and frames of our own. */

import { Keyring } from "../../../src/wire/keyring.ts";
import { open } from "../../../src/wire/seal.ts";
import { bytesOf, type Vector, vectorFiles, vectorsIn } from "../../vectors/vector-files.ts";
import { infoNetworkMessages } from "./info-network-messages.ts";
import { ledgerMessages } from "./ledger-messages.ts";
import { orderedLogMessages } from "./ordered-log-messages.ts";
import { agreementFrames, claims, rumorFrames } from "./own-messages.ts";
import { plumtreeMessages } from "./plumtree-messages.ts";
import { roundMessages } from "./round-messages.ts";
import { rumorMessages } from "./rumor-messages.ts";

/** A message as it stands inside seal and label. */
export interface SeedMessage {
  readonly name: string;
  readonly via: "packet" | "stream";
  readonly bytes: Uint8Array;
}

const LABEL = 0xf4;
const SEALED_STREAM = 0x0a;
const SEAL_HEAD_BYTES = 5;
/** Not messages of the wire: sessions with an agent, numbers, raw LZW. */
const others: readonly string[] = ["ipc-rpc.json", "numeric.json", "lzw.json"];

export function seedMessages(): SeedMessage[] {
  const vectors = vectorFiles()
    .filter((file) => !others.includes(file))
    .flatMap(vectorsIn);
  const rounds = [...roundMessages(), ...rumorMessages(), ...plumtreeMessages()];
  const own = [
    ...rumorFrames(),
    ...agreementFrames(),
    ...rounds,
    ...claims(),
    ...infoNetworkMessages(),
    ...orderedLogMessages(),
    ...ledgerMessages(),
  ];
  return [...vectors.flatMap(opened), ...own];
}

/** The vector without label and seal, once in each way that it may travel. */
function opened(vector: Vector): SeedMessage[] {
  const wire = bytesOf(vector.hex);
  const { rest, label } = withoutLabel(wire);
  const via = vector.transport === "tcp" ? "stream" : "packet";
  const bytes =
    via === "packet" ? openedPacket(vector, rest, label) : openedStream(vector, rest, label);
  // What no key at hand opens is a seed as it is: noise of the right length.
  return [{ name: vector.name, via, bytes: bytes ?? rest }];
}

function withoutLabel(wire: Uint8Array): { rest: Uint8Array; label: Uint8Array } {
  if (wire[0] !== LABEL) return { rest: wire, label: new Uint8Array(0) };
  const end = 2 + (wire[1] ?? 0);
  return { rest: wire.slice(end), label: wire.slice(2, end) };
}

function openedPacket(vector: Vector, rest: Uint8Array, label: Uint8Array): Uint8Array | undefined {
  if (vector.key === undefined) return undefined;
  const plain = open(new Keyring([bytesOf(vector.key)]), rest, label);
  return plain === undefined ? undefined : Uint8Array.from(plain);
}

function openedStream(vector: Vector, rest: Uint8Array, told: Uint8Array): Uint8Array | undefined {
  if (vector.key === undefined || rest[0] !== SEALED_STREAM) return undefined;
  const keyring = new Keyring([bytesOf(vector.key)]);
  const head = rest.subarray(0, SEAL_HEAD_BYTES);
  // A reply carries no label, but its seal covers the dialer's.
  for (const label of [told, Buffer.from("blue")]) {
    const plain = open(keyring, rest.subarray(SEAL_HEAD_BYTES), Buffer.concat([head, label]));
    if (plain !== undefined) return Uint8Array.from(plain);
  }
  return undefined;
}
