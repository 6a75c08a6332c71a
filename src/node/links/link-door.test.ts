import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Counters } from "../../core/metrics.ts";
import { resolveOptions } from "../../core/options.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { UdpTcpTransport } from "../../transport/udp-tcp/udp-tcp.ts";
import type { Keyring } from "../../wire/keyring.ts";
import { encodeHello, type LinkHello } from "../../wire/link-hello.ts";
import { linkFrames, linkPreamble } from "../../wire/link-record.ts";
import { LinkSeal } from "../../wire/link-seal.ts";
import { endParties, type Party, party, until } from "../host/host-rig.ts";
import { NodeTraffic } from "../traffic/node-traffic.ts";
import type { LinkLayer } from "./link-layer.ts";
import { ringOf } from "./link-rig.ts";
import { type LinksOptions, linksDefaults } from "./links.options.ts";
import { mountLinks } from "./mount-links.ts";

const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await endParties();
});

const CHANNEL = 40;
const noLabel = new Uint8Array(0);
const preamble = linkPreamble(noLabel);

interface Door extends Party {
  readonly links: LinkLayer;
  readonly counters: Counters;
  readonly traffic: NodeTraffic;
  readonly heard: string[];
}

const places = new Map<string, Party["address"]>();

async function door(
  name: string,
  { keyring, options }: { keyring?: Keyring; options?: Partial<LinksOptions> } = {},
): Promise<Door> {
  const made = await party(new UdpTcpTransport());
  const counters = new Counters();
  const traffic = new NodeTraffic();
  const heard: string[] = [];
  places.set(name, made.address);
  const ports = {
    label: noLabel,
    keyring,
    traffic,
    counters: { add: (what: string, by = 1) => counters.count(what, by) },
    origin: () => makeOrigin(name, 1),
    addressOf: (peer: ReturnType<typeof peerId>) => places.get(String(peer)),
  };
  const links = made.host.step(() =>
    mountLinks(made.host, ports, resolveOptions("links", linksDefaults, options)),
  );
  const onMessage = (peer: ReturnType<typeof peerId>, bytes: Uint8Array): void => {
    heard.push(`${peer}: ${new TextDecoder().decode(bytes)}`);
  };
  links.use(CHANNEL, { onMessage }, "keep");
  return { ...made, links, counters, traffic, heard };
}

/** A stranger's socket, and what it hears. */
function stranger({ address }: Party, onData: (bytes: Buffer) => void = () => {}) {
  const socket = connect(address.port, address.host);
  sockets.push(socket);
  const state = { isClosed: false };
  socket.setNoDelay(true);
  socket.on("error", () => {}).on("data", onData);
  socket.on("close", () => {
    state.isClosed = true;
  });
  return { socket, state };
}

const helloOf = (more: Partial<LinkHello> = {}): LinkHello => ({
  cluster: "",
  origin: makeOrigin("mallory", 1),
  version: 1,
  capabilities: 0,
  nonce: new Uint8Array(16).fill(5),
  serial: 1,
  ...more,
});

function clearRecord(body: Uint8Array): Uint8Array {
  return new LinkSeal(undefined, noLabel, "dialler").recordOf(body);
}

const say = (from: Door, to: string, text: string) =>
  from.links.send(peerId(to), CHANNEL, new TextEncoder().encode(text));

describe("the door of links", () => {
  it("ends with who talks nonsense, and goes on with everybody else", async () => {
    const a = await door("a");
    const random = new Random(11);
    const noise = (length: number) => Uint8Array.from({ length }, () => random.below(256));
    const closed: { isClosed: boolean }[] = [];
    for (let round = 0; round < 60; round += 1) {
      const { socket, state } = stranger(a);
      socket.write(preamble);
      const body = noise(1 + random.below(200));
      socket.write(round % 2 === 0 ? clearRecord(body) : noise(2_000));
      if (round % 3 === 0) socket.write(noise(50_000));
      closed.push(state);
    }
    await until(() => closed.every(({ isClosed }) => isClosed));
    const counts = a.counters.snapshot();
    const refused = Object.entries(counts).filter(([what]) => what.startsWith("links.refused."));
    expect(refused.reduce((sum, [, count]) => sum + count, 0)).toBe(60);
    expect(a.fatal).toEqual([]);
    const b = await door("b");
    say(b, "a", "sane");
    await until(() => a.heard.length === 1);
    expect(a.heard).toEqual(["b: sane"]);
  });

  it("refuses what is too long before it is there, and holds little meanwhile", async () => {
    const a = await door("a");
    const { socket, state } = stranger(a);
    socket.write(Buffer.concat([preamble, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3)]));
    await until(() => state.isClosed);
    expect(a.counters.snapshot()["links.refused.tooLarge"]).toBe(1);
  });

  it("refuses another cluster, its own name, a bad version; and says nothing to them", async () => {
    const a = await door("a");
    const cases: [Partial<LinkHello>, string][] = [
      [{ cluster: "red" }, "links.refused.otherCluster"],
      [{ origin: makeOrigin("a", 9) }, "links.refused.self"],
      [{ version: 0 }, "links.refused.badHello"],
    ];
    for (const [wrong, reason] of cases) {
      let answered = 0;
      const { socket, state } = stranger(a, () => {
        answered += 1;
      });
      socket.write(Buffer.concat([preamble, clearRecord(encodeHello(helloOf(wrong)))]));
      await until(() => state.isClosed);
      expect(a.counters.snapshot()[reason]).toBe(1);
      expect(answered).toBe(0);
    }
  });

  it("waits for nobody for ever: half a hello, a hello and nothing more", async () => {
    const a = await door("a", { options: { introductionMaxMs: 60 } });
    const hello = Buffer.concat([preamble, clearRecord(encodeHello(helloOf()))]);
    const cut = [preamble.length + 2, preamble.length + 30, hello.length];
    const states = cut.map((length) => {
      const { socket, state } = stranger(a);
      socket.write(hello.subarray(0, length));
      return state;
    });
    await until(() => states.every(({ isClosed }) => isClosed));
    expect(a.counters.snapshot()["links.refused.timeout"]).toBe(3);
    expect(a.counters.snapshot()["links.opened"]).toBeUndefined();
  });

  it("holds no more of messages in parts than one may be large", async () => {
    const a = await door("a", { options: { messageMaxBytes: 100_000 } });
    const { socket, state } = stranger(a);
    const seal = new LinkSeal(undefined, noLabel, "dialler");
    socket.write(Buffer.concat([preamble, clearRecord(encodeHello(helloOf()))]));
    socket.write(seal.record([], 0));
    const parts = [1, 2, 3].map((channel) => {
      const part = { kind: linkFrames.part, channel, bytes: new Uint8Array(40_000) };
      return seal.record([part], 40_008);
    });
    socket.write(Buffer.concat(parts.slice(0, 2)));
    await until(() => a.links.peers.get("mallory")?.link?.heldBytes === 80_000);
    for (const part of parts.slice(2)) socket.write(part);
    await until(() => state.isClosed);
    expect(a.counters.snapshot()["links.refused.tooLarge"]).toBe(1);
  });

  it("lets a crowd that says nothing keep nobody out", async () => {
    const options = { strangersMaxCount: 20, strangersPerIpMaxCount: 2_000 };
    const a = await door("a", { options: { ...options, acceptsPerIpPerSecond: 5_000 } });
    const crowd = Array.from({ length: 400 }, () => stranger(a));
    for (const { socket } of crowd) socket.write(preamble);
    await until(() => a.counters.snapshot()["links.accepted"] === 400);
    expect(a.counters.snapshot()["links.refused.crowd"]).toBe(380);
    const b = await door("b");
    say(b, "a", "excuse me");
    await until(() => a.heard.length === 1);
    expect(a.fatal).toEqual([]);
  });

  it("takes only so many a second from one address", async () => {
    const a = await door("a", { options: { acceptsPerIpPerSecond: 10 } });
    const crowd = Array.from({ length: 30 }, () => stranger(a));
    for (const { socket } of crowd) socket.write(preamble);
    await until(() => a.counters.snapshot()["links.accepted"] === 30);
    const refused = a.counters.snapshot()["links.refused.rate"] ?? 0;
    expect(refused).toBeGreaterThanOrEqual(15);
  });
});

describe("sealed links", () => {
  /** A wire between b and a that writes down what b says, and may change it. */
  async function tapped(spoil: (chunk: Buffer, number: number) => Buffer = (chunk) => chunk) {
    const keyring = ringOf(1);
    const a = await door("a", { keyring });
    const b = await door("b", { keyring });
    const said: Buffer[] = [];
    const { createServer } = await import("node:net");
    const server = createServer((near) => {
      const far = connect(a.address.port, a.address.host);
      sockets.push(near, far);
      near.on("error", () => {}).on("close", () => far.destroy());
      far.on("error", () => {}).on("close", () => near.destroy());
      near.on("data", (chunk: Buffer) => {
        said.push(chunk);
        far.write(spoil(chunk, said.length));
      });
      far.on("data", (chunk: Buffer) => near.write(chunk));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    const port = typeof bound === "object" && bound !== null ? bound.port : 0;
    places.set("a", { host: "127.0.0.1", port });
    return { a, b, said, stop: () => server.close() };
  }

  it("cannot be played again: no message comes twice, and the link that stands stays", async () => {
    const { a, b, said, stop } = await tapped();
    say(b, "a", "pay 10");
    await until(() => a.heard.length === 1);
    const link = a.links.peers.get("b")?.link;
    const { socket, state } = stranger(a);
    socket.write(Buffer.concat(said));
    await until(() => state.isClosed);
    expect(a.counters.snapshot()["links.refused.older"]).toBe(1);
    // Without a link that stands, the replay gets as far as the first record behind the hello.
    await b.host.stop();
    await until(() => a.links.peers.get("b")?.link !== link);
    const again = stranger(a);
    again.socket.write(Buffer.concat(said));
    await until(() => again.state.isClosed);
    expect(a.counters.snapshot()["links.refused.decrypt"]).toBe(1);
    expect(a.heard).toEqual(["b: pay 10"]);
    stop();
  });

  it("notice a changed byte, and a new link carries on", async () => {
    let spoilAt = Number.POSITIVE_INFINITY;
    const { a, b, said, stop } = await tapped((chunk, number) => {
      if (number !== spoilAt) return chunk;
      const changed = Buffer.from(chunk);
      changed[changed.length - 20] = (changed[changed.length - 20] ?? 0) ^ 1;
      return changed;
    });
    say(b, "a", "one");
    await until(() => a.heard.length === 1);
    spoilAt = said.length + 1;
    say(b, "a", "two");
    await until(() => (a.counters.snapshot()["links.refused.decrypt"] ?? 0) === 1);
    await until(() => b.links.peers.get("a")?.link === undefined);
    say(b, "a", "three");
    await until(() => a.heard.length === 2);
    expect(a.heard).toEqual(["b: one", "b: three"]);
    // What was changed is counted, whole, as what could not be read.
    const counts = a.traffic.counts();
    expect(counts["traffic.links.unreadable.receivedBytes"]).toBe(said[spoilAt - 1]?.length);
    expect(counts["traffic.links.unreadable.receivedMessages"]).toBe(1);
    stop();
  });

  it("refuse who has no key, or another, and who sends in clear", async () => {
    const a = await door("a", { keyring: ringOf(1) });
    const open = await door("open");
    const other = await door("other", { keyring: ringOf(2) });
    say(open, "a", "hello");
    say(other, "a", "hello");
    await until(() => (a.counters.snapshot()["links.refused.decrypt"] ?? 0) >= 2);
    say(a, "open", "hello");
    await until(() => (open.counters.snapshot()["links.refused.badHello"] ?? 0) >= 1);
    expect([a.heard, open.heard, other.heard]).toEqual([[], [], []]);
  });
});
