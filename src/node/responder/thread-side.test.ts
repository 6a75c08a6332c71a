import { createSocket, type Socket } from "node:dgram";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { decodeClaim } from "../../peers/degraded/degraded.wire.ts";
import type { SwimMessage } from "../../peers/swim/swim.messages.ts";
import { swimOptions } from "../../peers/swim/swim.options.ts";
import { PacketCodec } from "../../peers/swim/wire/packet.wire.ts";
import { udpTcpDefaults } from "../../transport/udp-tcp/udp-tcp.options.ts";
import { decodeFrame } from "../../wire/frame.ts";
import { Keyring } from "../../wire/keyring.ts";
import { forEachPacket } from "./packet-batch.ts";
import type { FromThread, PacketBatch } from "./responder.messages.ts";
import { responderOptions } from "./responder.options.ts";
import { SharedMarks } from "./shared-marks.ts";
import { ThreadSide } from "./thread-side.ts";

/* The thread's side on this thread, with a real socket; the test is the main thread and a peer. */

const KEYS = ["pUqJrVyVRj5jsiYEkM/tFQ==", "zWj/8VqRD4vs5oF1gM9QVA=="] as const;
const HOST = "127.0.0.1";

let marks: SharedMarks;
let posted: FromThread[];
let side: ThreadSide;
let peer: Socket;
let port: number;
let heard: Buffer[];
/** While it is set, the main thread turns. */
let beats: ReturnType<typeof setInterval> | undefined;

async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  const { port: free } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return free;
}

function codec(key: string): PacketCodec {
  const keyring = Keyring.parse([key]);
  const both = { verifyIncoming: true, verifyOutgoing: true } as const;
  return new PacketCodec({ label: "town", keyring, ...both, compression: "off" });
}

function ping(seqNo: number): SwimMessage {
  const source = { sourceAddr: Uint8Array.of(127, 0, 0, 1), sourcePort: peer.address().port };
  return { kind: "ping", seqNo, node: "busy", ...source, sourceNode: "p1" };
}

function ack(seqNo: number): SwimMessage {
  return { kind: "ack", seqNo, payload: Buffer.alloc(0) };
}

function tell(message: SwimMessage, key: string = KEYS[0]): void {
  peer.send(codec(key).encode(message), port, HOST);
}

function messages(key: string = KEYS[0]): SwimMessage[] {
  return heard.flatMap((bytes) => {
    const read = codec(key).decode(bytes);
    return "drop" in read ? [] : [read.message];
  });
}

/** What was said to others but that this node is busy, which a slow machine makes true. */
function answers(): SwimMessage[] {
  return messages().filter(({ kind }) => kind !== "user");
}

function batches(): PacketBatch[] {
  return posted.flatMap((message) => (message.kind === "packets" ? [message.batch] : []));
}

function toMain(message: FromThread): void {
  posted.push(message);
  if (message.kind !== "packets" || beats === undefined) return;
  forEachPacket(message.batch, () => marks.countTaken());
}

function standStill(): void {
  clearInterval(beats);
  beats = undefined;
}

beforeEach(async () => {
  marks = new SharedMarks();
  marks.beat();
  beats = setInterval(() => marks.beat(), 10);
  marks.setDuty("on");
  posted = [];
  heard = [];
  peer = createSocket("udp4");
  peer.on("message", (bytes) => heard.push(bytes));
  await new Promise<void>((resolve) => peer.bind(0, HOST, resolve));
  side = new ThreadSide(
    { post: toMain, close: () => posted.push({ kind: "bound" }) },
    {
      marks: marks.buffer,
      options: responderOptions({ answerAfterMs: 30, beatIntervalMs: 300, busyMaxMs: 5_000 }),
      swim: swimOptions("lan"),
      degraded: { degradeAfterMs: 200, renewIntervalMs: 5_000, leaseMs: 30_000 },
      udp: udpTcpDefaults,
      label: "town",
      keys: [KEYS[0]],
      seed: 1,
    },
  );
  port = await freePort();
  side.onMessage({ kind: "bind", address: { host: HOST, port } });
  await expect.poll(() => posted.map(({ kind }) => kind)).toContain("bound");
  const addr = Uint8Array.of(127, 0, 0, 1);
  const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5);
  const identity = { name: "busy", addr, port, meta: Uint8Array.of(9), vsn };
  side.onMessage({ kind: "speaker", identity, origin: makeOrigin("busy", 7) });
  const here = { host: HOST, port: peer.address().port };
  side.onMessage({
    kind: "peers",
    peers: { members: [here], hearsay: [here], membersCount: 2 },
  });
});

afterEach(async () => {
  standStill();
  side.onMessage({ kind: "close" });
  await new Promise<void>((resolve) => peer.close(() => resolve()));
});

describe("a thread whose main thread turns", () => {
  it("passes packets on as they came, and answers none that is taken", async () => {
    tell(ping(1));
    await expect.poll(() => batches().length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answers()).toEqual([]);
  });

  it("sends for it", async () => {
    const bytes = codec(KEYS[0]).encode({ kind: "nack", seqNo: 4 });
    const places = [{ host: HOST, port: peer.address().port }];
    side.onMessage({ kind: "packets", batch: { places, lengths: [bytes.length], bytes } });
    await expect.poll(() => answers().map(({ kind }) => kind)).toEqual(["nack"]);
    expect(marks.sentBytes).toBe(bytes.length);
  });
});

describe("a thread whose main thread stands still", () => {
  beforeEach(standStill);

  it("acks pings that are not taken in time, with the keys that are in use", async () => {
    tell(ping(1));
    await expect.poll(() => messages()).toContainEqual(ack(1));
    side.onMessage({ kind: "keys", keys: [KEYS[1], KEYS[0]] });
    tell(ping(2), KEYS[1]);
    await expect.poll(() => messages(KEYS[1])).toContainEqual(ack(2));
  });

  it("refutes what is said against it, above all that was said before", async () => {
    marks.take(4, 100);
    tell({ kind: "suspect", incarnation: 5, node: "busy", from: "p1" });
    const alive = { kind: "alive", incarnation: 6, node: "busy", meta: Buffer.of(9) };
    await expect.poll(() => messages().find(({ kind }) => kind === "alive")).toMatchObject(alive);
    expect(marks.current).toBe(6);
  });

  it("says that it is degraded, and how long it has been", async () => {
    await expect.poll(() => messages().find(({ kind }) => kind === "user")).toBeDefined();
    const user = messages().find((message) => message.kind === "user");
    const frame = user?.kind === "user" ? decodeFrame(user.payload) : undefined;
    const claim = decodeClaim(frame?.body ?? new Uint8Array(0));
    expect(claim).toMatchObject({ boot: 7, health: "degraded", leaseMs: 30_000 });
    expect(claim?.trouble.delayMs).toBeGreaterThanOrEqual(100);
  });

  it("says nothing for a node that has left", async () => {
    marks.setDuty("off");
    tell(ping(1));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(heard).toEqual([]);
  });

  it("gives up one that stands still for too long", async () => {
    // The last beat is as old as this machine.
    new BigInt64Array(marks.buffer)[0] = 0n;
    tell(ping(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(heard).toEqual([]);
    marks.beat();
    await expect.poll(() => posted.at(-1)).toMatchObject({ counts: { "responder.silent": 1 } });
  });

  it("keeps what it cannot answer for the main thread, and is not upset by nonsense", async () => {
    const claim: SwimMessage = { kind: "suspect", incarnation: 1, node: "p2", from: "p1" };
    tell(claim);
    peer.send(Uint8Array.of(1, 2, 3), port, HOST);
    peer.send(codec(KEYS[1]).encode(claim), port, HOST);
    const count = (): number => batches().reduce((sum, { places }) => sum + places.length, 0);
    await expect.poll(count).toBe(3);
    expect(answers()).toEqual([]);
  });
});
