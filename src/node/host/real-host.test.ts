import { afterEach, describe, expect, it } from "vitest";
import type { Address } from "../../core/address.ts";
import type { Env, ExchangeId, StreamEnv, TimerId } from "../../core/env.ts";
import { peerId } from "../../core/peer.ts";
import type { ExchangeOutcome, Protocol, StreamProtocol } from "../../core/protocol.ts";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import type { Transport } from "../../transport/transport.ts";
import { UdpTcpTransport } from "../../transport/udp-tcp/udp-tcp.ts";
import type { PacketCoder, StreamCoder, StreamReading } from "./coders.ts";
import { RealHost, type RealHostSetup } from "./real-host.ts";

type Note = { readonly kind: "note"; readonly text: string };

const encode = (note: Note): Uint8Array => new TextEncoder().encode(note.text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const packets: PacketCoder<Note> = {
  overheadBytes: 31,
  encode(note) {
    if (note.text === "unspeakable") throw new RangeError("no packet holds it");
    return encode(note);
  },
  decode(bytes) {
    const text = decode(bytes);
    return text.startsWith("?") ? { drop: "malformed" } : { message: { kind: "note", text } };
  },
};

/** One line each way; a line that begins with "?" is malformed and answered with "err". */
const streams: StreamCoder<Note> = {
  encodeRequest: (note) => encode({ kind: "note", text: `${note.text}\n` }),
  encodeReply: (note) => encode({ kind: "note", text: `${note.text}\n` }),
  decoder: () => {
    let held = "";
    return {
      feed(bytes): StreamReading<Note> {
        held += decode(bytes);
        const text = held.slice(0, -1);
        if (!held.endsWith("\n")) return { kind: "more" };
        if (!text.startsWith("?")) return { kind: "message", message: { kind: "note", text } };
        return { kind: "error", reason: "malformed", reply: { kind: "note", text: "err" } };
      },
    };
  },
};

class Notes implements StreamProtocol<Note, string> {
  readonly env: StreamEnv<Note, string>;
  readonly log: string[] = [];
  readonly outcomes: [ExchangeId, ExchangeOutcome<Note>][] = [];

  constructor(env: StreamEnv<Note, string>) {
    this.env = env;
  }
  start(): void {}
  stop(): void {}
  onMessage(from: Address, note: Note): void {
    this.log.push(note.text);
    if (note.text === "throw") throw new Error("a bug");
    if (note.text === "echo") this.env.send(from, { kind: "note", text: "echoed" });
  }
  onTimer(timer: string): void {
    this.log.push(timer);
    if (timer === "throw") throw new Error("a bug in a timer");
  }
  onExchange(id: ExchangeId, outcome: ExchangeOutcome<Note>): void {
    this.outcomes.push([id, outcome]);
  }
  onRequest(_from: Address, request: Note): Note | undefined {
    this.log.push(`request ${request.text}`);
    if (request.text === "throw") throw new Error("a bug in a request");
    return request.text === "hush" ? undefined : { kind: "note", text: `re: ${request.text}` };
  }
}

async function until(holds: () => boolean, what = "it"): Promise<void> {
  for (let waited = 0; waited < 400; waited += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${what} did not happen in 2 s`);
}

interface Party {
  host: RealHost;
  notes: Notes;
  address: Address;
  fatal: Error[];
  lines: string[];
}

const parties: Party[] = [];
afterEach(async () => {
  await Promise.all(parties.splice(0).map((party) => party.host.stop()));
});

async function party(transport: Transport, more: Partial<RealHostSetup> = {}): Promise<Party> {
  const fatal: Error[] = [];
  const lines: string[] = [];
  const host = new RealHost({
    self: peerId(`party${parties.length}`),
    seed: 5,
    transport,
    packets,
    streams,
    onFatal: (error) => fatal.push(error),
    logger: { warn: (line) => lines.push(line), error: (line) => lines.push(line) },
    ...more,
  });
  const notes = host.mountStream<Note, string, Notes>("notes", (env) => new Notes(env));
  const address = await host.bind({ host: "127.0.0.1", port: 0 });
  const made = { host, notes, address, fatal, lines };
  parties.push(made);
  return made;
}

const kinds: [string, () => () => Transport][] = [
  [
    "memory",
    () => {
      const network = memoryNetwork();
      return () => network.create();
    },
  ],
  ["udp-tcp", () => () => new UdpTcpTransport()],
];

describe.each(kinds)("RealHost over %s", (_name, kind) => {
  async function two(more: Partial<RealHostSetup> = {}): Promise<[Party, Party]> {
    const make = kind();
    return [await party(make(), more), await party(make())];
  }
  const note = (text: string): Note => ({ kind: "note", text });

  it("carries messages after the step that sent them", async () => {
    const [a, b] = await two();
    a.host.step(() => {
      a.notes.env.send(b.address, note("echo"));
      expect(a.host.counts.packetsSent).toBe(0);
    });
    expect(a.host.counts.packetsSent).toBe(1);
    expect(b.notes.log).toEqual([]);
    await until(() => a.notes.log.length === 1);
    expect(b.notes.log).toEqual(["echo"]);
    expect(a.notes.log).toEqual(["echoed"]);
    expect(a.notes.env.packetMaxBytes).toBe(1_400 - 31);
  });

  it("counts what it drops by reason and logs each reason once a second", async () => {
    const [a, b] = await two();
    for (let count = 0; count < 20; count += 1) a.notes.env.send(b.address, note("?!"));
    a.notes.env.send(b.address, note("unspeakable"));
    a.notes.env.send(b.address, note("fine"));
    await until(() => b.notes.log.length === 1);
    expect(b.host.counts.droppedCount("packet.malformed")).toBe(20);
    expect(b.lines).toEqual(["dropped: packet.malformed"]);
    expect(a.host.counts.snapshot()).toMatchObject({ "drop.packet.encode": 1, packetsSent: 21 });
  });

  it("bounds what one step may send", async () => {
    const [a, b] = await two({ options: { stepPacketsMaxCount: 3 } });
    a.host.step(() => {
      for (let count = 0; count < 5; count += 1) a.notes.env.send(b.address, note(`${count}`));
    });
    await until(() => b.notes.log.length === 3);
    expect(a.host.counts.droppedCount("step sends too much")).toBe(2);
  });

  it("exchanges a request for a reply, for silence, or for a framing error's answer", async () => {
    const [a, b] = await two();
    const ids = ["hi", "hush", "?"].map((text) =>
      a.host.step(() => a.notes.env.exchange(b.address, note(text), 1_000)),
    );
    expect(a.notes.outcomes).toEqual([]);
    await until(() => a.notes.outcomes.length === 3);
    const byId = new Map(a.notes.outcomes);
    expect(byId.get(ids[0] as ExchangeId)).toEqual({ kind: "reply", reply: note("re: hi") });
    expect(byId.get(ids[1] as ExchangeId)).toEqual({ kind: "reply", reply: undefined });
    expect(byId.get(ids[2] as ExchangeId)).toEqual({ kind: "reply", reply: note("err") });
    expect(b.host.counts.droppedCount("stream.malformed")).toBe(1);
  });

  it("reports nobody there and a deadline that passed", async () => {
    const [a, b] = await two();
    await b.host.stop();
    a.notes.env.exchange(b.address, note("hi"), 1_000);
    await until(() => a.notes.outcomes.length === 1);
    expect(a.notes.outcomes[0]?.[1]).toMatchObject({ kind: "failure", reason: "unreachable" });
  });

  it("ends an exchange with a peer that never answers at its deadline", async () => {
    const make = kind();
    const a = await party(make());
    const mute = make();
    const none = { onBytes: () => undefined, onClose: () => undefined };
    const muteAddress = await mute.bind(
      { host: "127.0.0.1", port: 0 },
      { onPacket: () => undefined, onStream: () => none, onTransportError: () => undefined },
    );
    a.notes.env.exchange(muteAddress, note("hi"), 80);
    await until(() => a.notes.outcomes.length === 1);
    expect(a.notes.outcomes[0]?.[1]).toMatchObject({ kind: "failure", reason: "timeout" });
    await mute.close();
  });

  it("cuts off a peer that does not finish its request", async () => {
    const make = kind();
    const b = await party(make(), { options: { inboundDeadlineMs: 60, inboundMaxCount: 1 } });
    const slow = make();
    const closes: string[] = [];
    const ear = { onBytes: () => undefined, onClose: () => closes.push("close") };
    slow.dial(b.address, 1_000, ear).write(encode(note("no newline")));
    await until(() => closes.length === 1);
    expect(b.host.counts.droppedCount("stream.slow")).toBe(1);
    slow.dial(b.address, 1_000, ear).write(encode(note("one")));
    slow.dial(b.address, 1_000, ear).write(encode(note("one too many")));
    await until(() => b.host.counts.droppedCount("stream.tooMany") === 1);
    await until(() => closes.length === 3);
    await slow.close();
  });

  it("lets newcomers in past those who open streams and say nothing", async () => {
    const make = kind();
    const b = await party(make(), { options: { inboundMaxCount: 3 } });
    const lurker = make();
    let closedCount = 0;
    const ear = { onBytes: () => undefined, onClose: () => (closedCount += 1) };
    for (let count = 0; count < 5; count += 1)
      lurker.dial(b.address, 1_000, ear).write(encode(note("?")));
    await until(() => b.host.counts.droppedCount("stream.tooMany") === 2 && closedCount === 2);
    const a = await party(make());
    a.notes.env.exchange(b.address, note("hi"), 500);
    await until(() => a.notes.outcomes.length === 1);
    expect(a.notes.outcomes[0]?.[1].kind).toBe("reply");
    await lurker.close();
  });

  it("cuts off the largest unfinished request when all together hold too much", async () => {
    const make = kind();
    const b = await party(make(), { options: { inboundHeldMaxBytes: 10_000 } });
    const sender = make();
    const closed: string[] = [];
    const open = (name: string, bytes: number) => {
      const ear = { onBytes: () => undefined, onClose: () => closed.push(name) };
      sender.dial(b.address, 1_000, ear).write(encode(note("x".repeat(bytes))));
    };
    open("small", 3_000);
    open("large", 6_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(closed).toEqual([]);
    open("last straw", 2_000);
    await until(() => closed.length === 1);
    expect(closed).toEqual(["large"]);
    expect(b.host.counts.droppedCount("stream.tooMuch")).toBe(1);
    await sender.close();
  });

  it("bounds the exchanges it begins, and fails the others later, not at once", async () => {
    const [a, b] = await two({ options: { exchangesMaxCount: 2 } });
    a.host.step(() => {
      for (let count = 0; count < 4; count += 1) a.notes.env.exchange(b.address, note("x"), 500);
      expect(a.notes.outcomes).toEqual([]);
    });
    await until(() => a.notes.outcomes.length === 4);
    const failed = a.notes.outcomes.filter(([, outcome]) => outcome.kind === "failure");
    expect(failed).toHaveLength(2);
  });

  it.each(["packet", "timer", "request"])(
    "stops with a report when a protocol throws: %s",
    async (how) => {
      const [a, b] = await two();
      if (how === "packet") a.notes.env.send(b.address, note("throw"));
      if (how === "timer") b.notes.env.setTimer("throw", 1);
      if (how === "request") a.notes.env.exchange(b.address, note("throw"), 500);
      await until(() => b.fatal.length === 1);
      expect(b.fatal[0]?.message).toContain("a bug");
      expect(b.lines.some((line) => line.includes("a protocol failed"))).toBe(true);
      expect(b.host.isStopped).toBe(true);
      await b.host.stop();
      b.notes.env.send(a.address, note("zombie"));
      b.notes.env.setTimer("zombie", 0);
      a.notes.env.send(b.address, note("late"));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(a.notes.log).toEqual([]);
      expect(b.notes.log).not.toContain("zombie");
      expect(b.fatal).toHaveLength(1);
    },
  );

  it("passes on to the caller what a step of the caller's throws, and lives on", async () => {
    const [a] = await two();
    expect(() =>
      a.host.step(() => {
        throw new Error("the user's");
      }),
    ).toThrow("the user's");
    expect(a.host.isStopped).toBe(false);
    expect(a.fatal).toEqual([]);
  });
});

describe("RealHost's timers", () => {
  it("fire in order, never early, and not after being cleared", async () => {
    const { notes } = await party(memoryNetwork().create());
    const due: [string, number][] = [];
    const ids = new Map<string, TimerId>();
    for (const delayMs of [30, 5, 12.5, 0, 60]) {
      due.push([`${delayMs}`, performance.now() + delayMs]);
      ids.set(`${delayMs}`, notes.env.setTimer(`${delayMs}`, delayMs));
    }
    const cleared = ids.get("60");
    if (cleared !== undefined) notes.env.clearTimer(cleared);
    notes.env.clearTimer(ids.get("0") ?? notes.env.setTimer("never", 1_000));
    const seen = new Map<string, number>();
    await until(() => {
      for (const name of notes.log) if (!seen.has(name)) seen.set(name, performance.now());
      return notes.log.includes("30");
    });
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(notes.log).toEqual(["5", "12.5", "30"]);
    for (const [name, at] of due) expect(seen.get(name) ?? at).toBeGreaterThanOrEqual(at);
  });

  it("let other things happen between many of them", async () => {
    const made = await party(memoryNetwork().create(), { options: { timersPerTurnCount: 10 } });
    for (let count = 0; count < 1_000; count += 1) made.notes.env.setTimer("t", 1);
    let turns = 0;
    const spin = (): void => {
      turns += 1;
      if (made.notes.log.length < 1_000) setImmediate(spin);
    };
    setImmediate(spin);
    await until(() => made.notes.log.length === 1_000);
    expect(turns).toBeGreaterThan(50);
  });

  it("refuse delays that are no delays", async () => {
    const { notes } = await party(memoryNetwork().create());
    for (const delayMs of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => notes.env.setTimer("x", delayMs)).toThrow(RangeError);
    }
  });
});

describe("RealHost's mounted protocols", () => {
  class Rider implements Protocol<string, string, Address> {
    readonly env: Env<string, string, Address>;
    readonly timers: string[] = [];
    constructor(env: Env<string, string, Address>) {
      this.env = env;
    }
    start(): void {}
    stop(): void {}
    onMessage(): void {}
    onTimer(timer: string): void {
      this.timers.push(timer);
    }
  }

  it("send by way of their carrier, have their own dice and timers", async () => {
    const network = memoryNetwork();
    const a = await party(network.create());
    const b = await party(network.create());
    const rider = a.host.mount<string, string, Address, Rider>(
      "rider",
      (to, text) => a.notes.env.send(to, { kind: "note", text: `carried ${text}` }),
      (env) => new Rider(env),
    );
    a.host.step(() => {
      rider.env.send(b.address, "one");
      a.notes.env.send(b.address, { kind: "note", text: "own" });
    });
    rider.env.setTimer("mine", 1);
    await until(() => b.notes.log.length === 2 && rider.timers.length === 1);
    expect(b.notes.log).toEqual(["own", "carried one"]);
    expect(a.notes.log).toEqual([]);
    expect(rider.env.random.uint32()).not.toBe(a.notes.env.random.uint32());
    expect(() => a.host.mountStream("again", (env) => new Notes(env as never))).toThrow("owner");
  });
});
