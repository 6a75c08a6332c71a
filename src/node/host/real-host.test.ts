import { afterEach, describe, expect, it } from "vitest";
import type { ExchangeId } from "../../core/env.ts";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import type { ByteStream, Transport } from "../../transport/transport.ts";
import { UdpTcpTransport } from "../../transport/udp-tcp/udp-tcp.ts";
import { encode, endParties, type Note, type Party, party, until } from "./host-rig.ts";
import type { RealHostSetup } from "./host-setup.ts";

afterEach(endParties);

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

  it("outlives a codec that throws at what the network brought", async () => {
    const [a, b] = await two();
    a.notes.env.send(b.address, note("poison"));
    a.notes.env.send(b.address, note("fine"));
    a.notes.env.exchange(b.address, note("poison"), 500);
    await until(() => b.notes.log.includes("fine") && a.notes.outcomes.length === 1);
    expect(b.host.counts.droppedCount("packet.codecFailed")).toBe(1);
    expect(b.host.counts.droppedCount("stream.codecFailed")).toBe(1);
    expect(b.fatal).toEqual([]);
    expect(b.host.isStopped).toBe(false);
  });

  it("closes a stream whose peer keeps its end open after the reply", async () => {
    const make = kind();
    const a = await party(make());
    const clingy = make();
    let closed = 0;
    const theirs: ByteStream[] = [];
    const address = await clingy.bind(
      { host: "127.0.0.1", port: 0 },
      {
        onPacket: () => undefined,
        onStream: (stream) => {
          theirs.push(stream);
          return {
            onBytes: () => stream.write(encode(note("reply\n"))),
            onClose: () => {
              closed += 1;
            },
          };
        },
        onTransportError: () => undefined,
      },
    );
    a.notes.env.exchange(address, note("hi"), 100);
    await until(() => a.notes.outcomes.length === 1);
    expect(a.notes.outcomes[0]?.[1]).toEqual({ kind: "reply", reply: note("reply") });
    // Whoever ended its half and went says so only to those who write once more.
    await until(() => {
      theirs[0]?.write(encode(note("are you there?")));
      return closed === 1;
    });
    expect(a.notes.outcomes).toHaveLength(1);
    await clingy.close();
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

  it("reads what takes long in several turns, though the peer has gone meanwhile", async () => {
    const [a, b] = await two();
    const slow = a.host.step(() => a.notes.env.exchange(b.address, note("…abcdefgh"), 1_000));
    const slowly = a.host.step(() => a.notes.env.exchange(b.address, note("slowly"), 1_000));
    await until(() => a.notes.outcomes.length === 2);
    const byId = new Map(a.notes.outcomes);
    expect(byId.get(slow)).toEqual({ kind: "reply", reply: note("re: …") });
    expect(byId.get(slowly)).toEqual({ kind: "reply", reply: note("…") });
    expect(b.notes.log).toContain("request …");
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
