import type { Random } from "../../../src/core/random.ts";
import { StreamCodec, type StreamOutcome } from "../../../src/peers/swim/wire/stream.wire.ts";
import { allDoors, codecOptions, type Door, streamThrough } from "../doors.ts";
import { HostileFailure } from "../failure.ts";
import type { HostileInput } from "../mutation/mutator.ts";
import { checkReason } from "./packet-target.ts";
import type { Target } from "./target.ts";

/** Small, so that streams without end come to it. */
const STREAM_MAX_BYTES = 64 * 1024;
const NODES_MAX = 512;
/** The codec's own allowance for framing, and a chunk more. */
const SLACK_BYTES = 1_024 + 8_192;
const noBytes = new Uint8Array(0);
const filler = new Uint8Array(8_192).fill(0xc0);

/** The stream decoder alone, at either end, in chunks of any size. */
export function streamTarget(batch: number): Target {
  const door = allDoors[batch % allDoors.length];
  if (door === undefined) throw new Error("there are no doors");
  const limits = { streamMaxBytes: STREAM_MAX_BYTES, nodesMaxCount: NODES_MAX };
  const codec = new StreamCodec({ ...codecOptions(door), ...limits });
  return {
    feed: (input, random) => feed(codec, door, { input, random }),
    finish() {},
    close() {},
  };
}

function feed(
  codec: StreamCodec,
  door: Door,
  { input, random }: { readonly input: HostileInput; readonly random: Random },
): void {
  const role = random.chance(0.7) ? "acceptor" : "dialer";
  const bytes = streamThrough(door, input.bytes, random)[role];
  const decoder = codec.decoder(role);
  let outcome: StreamOutcome = { kind: "more" };
  for (const chunk of chunksOf(bytes, random)) outcome = decoder.feed(chunk);
  while (outcome.kind === "busy") outcome = decoder.feed(noBytes);
  if (outcome.kind === "more" && random.chance(0.05)) {
    let fed = bytes.length;
    while (outcome.kind === "more" || outcome.kind === "busy") {
      if (fed > STREAM_MAX_BYTES + SLACK_BYTES) {
        throw new HostileFailure("bound", `${fed} bytes, and the decoder still waits for more`);
      }
      outcome = decoder.feed(filler);
      fed += filler.length;
    }
  }
  check(outcome);
  const after = decoder.feed(Uint8Array.of(1, 2, 3));
  if (outcome.kind !== "more" && after !== outcome) {
    throw new HostileFailure("outcome", "bytes behind the end changed the outcome");
  }
}

/** Whole, byte by byte, or in pieces of any length. */
export function* chunksOf(bytes: Uint8Array, random: Random): Generator<Uint8Array> {
  const choice = random.below(10);
  const largest = choice < 4 ? bytes.length : choice === 4 && bytes.length < 600 ? 1 : 256;
  for (let at = 0; at < bytes.length; ) {
    const size = largest === bytes.length ? largest : 1 + random.below(largest);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

function check(outcome: StreamOutcome): void {
  if (outcome.kind === "error") return checkReason(outcome.reason);
  if (outcome.kind !== "message") return;
  const { message } = outcome;
  if (message.kind === "pushPull" && message.nodes.length > NODES_MAX) {
    throw new HostileFailure("bound", `${message.nodes.length} nodes in a push/pull`);
  }
}
