import type { Random } from "../../../src/core/random.ts";
import type { SwimMessage } from "../../../src/peers/swim/swim.messages.ts";
import { PacketCodec } from "../../../src/peers/swim/wire/packet.wire.ts";
import { dropReasons } from "../../../src/wire/drop-reason.ts";
import { allDoors, codecOptions, packetThrough } from "../doors.ts";
import { HostileFailure } from "../failure.ts";
import type { HostileInput } from "../mutation/mutator.ts";
import type { Target } from "./target.ts";

/** More parts than any sender makes; the codec bounds them. */
const PARTS_MAX = 512;

/** The packet codec alone, behind each kind of door. */
export function packetTarget(batch: number): Target {
  const door = allDoors[batch % allDoors.length];
  if (door === undefined) throw new Error("there are no doors");
  const codec = new PacketCodec(codecOptions(door));
  // What a codec understood, it can say again, and understands that the same way.
  const again = new PacketCodec({ ...codecOptions(door), label: "", keyring: undefined });
  return {
    feed(input: HostileInput, random: Random) {
      const outcome = codec.decode(packetThrough(door, input.bytes, random));
      if ("drop" in outcome) return checkReason(outcome.drop);
      checkMessage(outcome.message);
      if (random.chance(0.1)) checkSaidAgain(again, outcome.message);
    },
    finish() {},
    close() {},
  };
}

export function checkReason(reason: string): void {
  if (!(reason in dropReasons)) throw new HostileFailure("outcome", `dropped for ${reason}`);
}

function checkMessage(message: SwimMessage): void {
  if (message.kind === "hasCrc" || message.kind === "pushPull" || message.kind === "err") {
    throw new HostileFailure("outcome", `a packet brought ${message.kind}`);
  }
  if (message.kind !== "compound") return;
  if (message.parts.length > PARTS_MAX) {
    throw new HostileFailure("bound", `a packet brought ${message.parts.length} messages`);
  }
  for (const part of message.parts) {
    if (part.kind === "compound") throw new HostileFailure("outcome", "a compound in a compound");
    checkMessage(part);
  }
}

function checkSaidAgain(codec: PacketCodec, message: SwimMessage): void {
  const bytes = encoded(codec, message);
  if (bytes === undefined) return;
  const read = codec.decode(Uint8Array.from(bytes));
  if (!("message" in read) || read.message.kind !== message.kind) {
    throw new HostileFailure("outcome", `${message.kind} was not understood again`);
  }
}

/** More than 255 messages come out of nested compounds, and fit none. */
function encoded(codec: PacketCodec, message: SwimMessage): Uint8Array | undefined {
  try {
    return codec.encode(message);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
