import { makeOrigin } from "../src/core/peer.ts";
import { LinkTraffic } from "../src/node/traffic/link-traffic.ts";
import { NodeTraffic } from "../src/node/traffic/node-traffic.ts";
import type { SwimMessage } from "../src/peers/swim/swim.messages.ts";
import { PacketCodec, type PacketCodecOptions } from "../src/peers/swim/wire/packet.wire.ts";
import { encodeFrame } from "../src/wire/frame.ts";
import { everyFrame, frameByteLength, linkFrames } from "../src/wire/link-record.ts";
import { LinkSeal } from "../src/wire/link-seal.ts";
import { judged, median, type Row } from "./bench.ts";

const ROUNDS_COUNT = 15;
const REPEATS_COUNT = 20_000;
/** Added to a message that is written and read; a socket takes a hundred times as long. */
const ADDED_NS_TARGET = 100;

const channel = 4;
const body = Uint8Array.from({ length: 100 }, (_, at) => at);
const frame = encodeFrame({
  origin: makeOrigin("node-a.example", 1_700_000_000_000),
  channel,
  body,
});
const user: SwimMessage = { kind: "user", payload: frame };
const ack: SwimMessage = { kind: "ack", seqNo: 70_000, payload: new Uint8Array(0) };
const packets: Readonly<Record<string, SwimMessage>> = {
  ack,
  "user frame": user,
  "compound of five": {
    kind: "hasCrc",
    message: { kind: "compound", parts: [ack, user, user, user, user] },
  },
};
const plain: PacketCodecOptions = {
  ...{ label: "", keyring: undefined, compression: "off" },
  ...{ verifyIncoming: true, verifyOutgoing: true },
};

export const name = "traffic";
export const description = "what it costs to count bytes and messages by protocol";

export async function run(): Promise<Row[]> {
  const rows = Object.entries(packets).map(([id, message]) => {
    const lanes = [packetLane(message, undefined), packetLane(message, new NodeTraffic())] as const;
    return compared(`packet: ${id}`, id === "compound of five" ? 5 : 1, lanes);
  });
  return [...rows, compared("record of 8 frames", 8, [recordLane("bare"), recordLane("counted")])];
}

type Lane = () => void;

function packetLane(message: SwimMessage, traffic: NodeTraffic | undefined): Lane {
  const codec = new PacketCodec({ ...plain, ...(traffic && { meter: traffic.packetMeter }) });
  return () => void codec.decode(codec.encode(message));
}

function recordLane(kind: "bare" | "counted"): Lane {
  const traffic = kind === "bare" ? undefined : new LinkTraffic(new NodeTraffic().links);
  const seal = new LinkSeal(undefined, new Uint8Array(0), "dialler");
  const frames = Array.from({ length: 8 }, () => ({
    kind: linkFrames.message,
    channel,
    bytes: body,
  }));
  const joinedBytes = frames.reduce((sum, one) => sum + frameByteLength(one), 0);
  return () => {
    const record = seal.record(frames, joinedBytes);
    traffic?.onRecordWritten(record.length, frames, joinedBytes);
    traffic?.onRecordBegun();
    everyFrame(record.subarray(4), (frameKind, number, bytes) => {
      traffic?.onFrameRead(frameKind, number, bytes.length);
      return "next";
    });
    traffic?.onRecordRead(record.length);
  };
}

/** In turns, for a busy machine is busy for both. The first round warms up. */
function compared(id: string, messagesCount: number, [bare, counted]: readonly [Lane, Lane]): Row {
  const rounds: { readonly bare: number; readonly counted: number }[] = [];
  for (let round = 0; round <= ROUNDS_COUNT; round += 1) {
    const cost = { bare: microseconds(bare), counted: microseconds(counted) };
    if (round > 0) rounds.push(cost);
  }
  const added = median(rounds.map((one) => one.counted - one.bare));
  const row = {
    id,
    value: Math.round((added * 1_000) / messagesCount),
    unit: "ns CPU more a message, written and read",
    peer: `not counted, ${round3(median(rounds.map((one) => one.bare)))} µs a piece`,
    ratio: round3(median(rounds.map((one) => one.counted / one.bare))),
  };
  return judged(row, { of: "value", atMost: ADDED_NS_TARGET });
}

function microseconds(lane: Lane): number {
  const before = process.cpuUsage();
  for (let at = 0; at < REPEATS_COUNT; at += 1) lane();
  const { system, user: own } = process.cpuUsage(before);
  return (system + own) / REPEATS_COUNT;
}

function round3(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
