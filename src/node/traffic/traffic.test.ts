import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import { PacketCodec, type PacketCodecOptions } from "../../peers/swim/wire/packet.wire.ts";
import { encodeFrame } from "../../wire/frame.ts";
import { Keyring } from "../../wire/keyring.ts";
import { linkFrames } from "../../wire/link-record.ts";
import { LinkTraffic } from "./link-traffic.ts";
import { NodeTraffic } from "./node-traffic.ts";
import { channelNames, channelSlot, slotNames, swimSlot } from "./traffic-names.ts";
import { TrafficTable } from "./traffic-table.ts";

const source = fileURLToPath(new URL("../../", import.meta.url));

const ping: SwimMessage = {
  ...{ kind: "ping", seqNo: 7, node: "b", sourceNode: "a", sourcePort: 7_946 },
  sourceAddr: Uint8Array.of(127, 0, 0, 1),
};
const ack: SwimMessage = { kind: "ack", seqNo: 7, payload: new Uint8Array(0) };

function user(channel: number, name = "a"): SwimMessage {
  const body = new Uint8Array(20);
  return { kind: "user", payload: encodeFrame({ origin: makeOrigin(name, 1), channel, body }) };
}

const nameOf = (message: SwimMessage): string | undefined => slotNames[swimSlot(message)];

test("every channel of the sources has a name, and each slot but one", () => {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" });
  const numbers = new Set<number>();
  for (const file of files.filter((one) =>
    /^(core|peers|exchange|data|raft|node)\/.*\.ts$/.test(one),
  )) {
    const text = readFileSync(join(source, file), "utf8");
    for (const [, number] of text.matchAll(/\b[A-Z_]+_CHANNEL = (\d+);/g))
      numbers.add(Number(number));
  }
  expect(numbers.size).toBeGreaterThan(20);
  expect([...numbers].filter((number) => channelNames[number] === undefined)).toEqual([]);
  expect(new Set(slotNames).size).toBe(slotNames.length);
});

test("a user message is told by its frame's channel, or by Serf's type, or by neither", () => {
  expect(nameOf(user(1))).toBe("broadcast");
  expect(nameOf(user(13))).toBe("nodeState");
  // An origin whose length takes two bytes, and numbers of a later version.
  expect(nameOf(user(22, "n".repeat(127)))).toBe("queries");
  expect([28, 64, 200, 2 ** 40].map((channel) => nameOf(user(channel)))).toEqual(
    Array(4).fill("other"),
  );
  const told = (...payload: number[]) =>
    nameOf({ kind: "user", payload: Uint8Array.from(payload) });
  expect(told(3, 1, 2)).toBe("serf.userEvent");
  expect(told(9)).toBe("serf.relay");
  expect([told(10), told(0x48, 2), told()]).toEqual(Array(3).fill("swim.user"));
  // Frames that end too early.
  expect([told(0x48, 1), told(0x48, 1, 200), told(0x48, 1, 3, 97)]).toEqual(Array(3).fill("other"));
  expect([0, 28, 65_535, -1].map(channelSlot)).toEqual([0, 0, 0, 0]);
});

const plain: PacketCodecOptions = {
  ...{ label: "", keyring: undefined, compression: "off" },
  ...{ verifyIncoming: true, verifyOutgoing: true },
};

/** One node writes these packets, and another reads them. */
function packetsOf(messages: readonly SwimMessage[], options: Partial<PacketCodecOptions> = {}) {
  const [writer, reader] = [new NodeTraffic(), new NodeTraffic()];
  const out = new PacketCodec({ ...plain, ...options, meter: writer.packetMeter });
  const into = new PacketCodec({ ...plain, ...options, meter: reader.packetMeter });
  const packets = messages.map((message) => out.encode(message));
  for (const packet of packets) into.decode(packet);
  const bytesCount = packets.reduce((sum, { length }) => sum + length, 0);
  return { bytesCount, sent: writer.counts(), received: reader.counts(), into };
}

const sum = (counts: Readonly<Record<string, number>>, ending: string): number =>
  Object.entries(counts)
    .filter(([name]) => name.startsWith("traffic.packets.") && name.endsWith(ending))
    .reduce((all, [, value]) => all + value, 0);

const compound: SwimMessage = {
  kind: "hasCrc",
  message: { kind: "compound", parts: [ping, user(4), user(4), ack] },
};

test.each([
  ["plain", {}],
  ["sealed, with a label", { label: "town", keyring: new Keyring([new Uint8Array(32)]) }],
] as const)("packets, %s: parts and envelopes are all bytes", (_, options) => {
  const { bytesCount, received, sent } = packetsOf([ping, compound], options);
  expect(sum(sent, ".sentBytes")).toBe(bytesCount);
  expect(sum(received, ".receivedBytes")).toBe(bytesCount);
  expect(sent).toMatchObject({
    "traffic.packets.swim.ping.sentMessages": 2,
    "traffic.packets.swim.ack.sentMessages": 1,
    "traffic.packets.plumtree.sentMessages": 2,
    // A type byte, 48 01, the origin with its length, the channel, and the body.
    "traffic.packets.plumtree.sentBytes": 2 * (1 + 2 + 4 + 1 + 20),
  });
  expect(Object.keys(received).sort()).toEqual(
    Object.keys(sent)
      .map((name) => name)
      .sort(),
  );
  expect(received["traffic.packets.plumtree.receivedBytes"]).toBe(56);
  expect(sent["traffic.packets.envelope.sentMessages"]).toBe(0);
});

test("what compression saves is told beside the bytes of messages", () => {
  const long: SwimMessage = { kind: "user", payload: new Uint8Array(1_000).fill(65) };
  const { bytesCount, received, sent } = packetsOf([long, compound], { compression: "lzw" });
  const [out, into] = [sent["traffic.saved.sentBytes"], received["traffic.saved.receivedBytes"]];
  expect(out).toBeGreaterThan(800);
  expect(sum(sent, ".sentBytes") - Number(out)).toBe(bytesCount);
  expect(sum(received, ".receivedBytes") - Number(into)).toBe(bytesCount);
});

test("a packet that cannot be read counts whole, and what of it can be read as itself", () => {
  const traffic = new NodeTraffic();
  const codec = new PacketCodec({ ...plain, meter: traffic.packetMeter });
  codec.decode(Uint8Array.from({ length: 30 }, () => 255));
  expect(traffic.counts()).toMatchObject({
    "traffic.packets.unreadable.receivedBytes": 30,
    "traffic.packets.unreadable.receivedMessages": 1,
  });
  const whole = new PacketCodec(plain).encode({ kind: "compound", parts: [ack, ping] });
  const cut = whole.slice(0, -3);
  codec.decode(cut);
  expect(traffic.counts()["traffic.packets.swim.ack.receivedMessages"]).toBe(1);
  expect(traffic.counts()["traffic.packets.swim.ping.receivedMessages"]).toBeUndefined();
  expect(sum(traffic.counts(), ".receivedBytes")).toBe(30 + cut.length);
});

test("streams: all bytes are the message's, or unreadable", () => {
  const traffic = new NodeTraffic();
  const { streamMeter } = traffic;
  streamMeter.onSent(streamMeter.slotOf(user(4)), 900);
  streamMeter.onReceived(ping, 40);
  streamMeter.onReceived(undefined, 5);
  expect(traffic.counts()).toMatchObject({
    "traffic.streams.plumtree.sentBytes": 900,
    "traffic.streams.plumtree.sentMessages": 1,
    "traffic.streams.swim.ping.receivedBytes": 40,
    "traffic.streams.unreadable.receivedBytes": 5,
  });
});

test("links: frames by channel with their heads, parts as bytes of their message", () => {
  const table = new TrafficTable();
  const link = new LinkTraffic(table);
  const bytes = new Uint8Array(10);
  const frames = [
    { kind: linkFrames.part, channel: 11, bytes },
    { kind: linkFrames.message, channel: 11, bytes },
    { kind: linkFrames.message, channel: 999, bytes },
    { kind: linkFrames.alive, channel: 0, bytes: new Uint8Array(0) },
    { kind: 77, channel: 4, bytes },
  ];
  link.onRecordWritten(100, frames, 80);
  link.onRecordBegun();
  for (const { bytes: body, channel, kind } of frames) link.onFrameRead(kind, channel, body.length);
  link.onRecordRead(100);
  const rows = table.rows();
  const row = (name: string, bytesCount: number, messagesCount: number) => ({
    ...{ name, sentBytes: bytesCount, sentMessages: messagesCount },
    ...{ receivedBytes: bytesCount, receivedMessages: messagesCount },
  });
  expect(rows).toEqual([
    row("other", 36, 2),
    row("envelope", 20, 0),
    row("links", 8, 1),
    row("plumtree", 36, 1),
  ]);
  expect(link).toMatchObject({
    sentBytes: 100,
    sentFrames: 5,
    receivedBytes: 100,
    receivedFrames: 5,
  });
});
