import { afterEach, describe, expect, it } from "vitest";
import type { Address } from "../../core/address.ts";
import type { Env, TimerId } from "../../core/env.ts";
import type { Protocol } from "../../core/protocol.ts";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import { udpTcp } from "../../transport/udp-tcp/udp-tcp.ts";
import { endParties, Notes, party, until } from "./host-rig.ts";

afterEach(endParties);

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

  it("wait, after a stall, for what arrived meanwhile", async () => {
    const receiver = await party(udpTcp().create());
    const sender = await party(udpTcp().create());
    receiver.notes.env.setTimer("timeout", 20);
    // More datagrams than one turn of the event loop reads.
    for (let count = 0; count < 100; count += 1) {
      sender.notes.env.send(receiver.address, { kind: "note", text: `${count}` });
    }
    const end = performance.now() + 100;
    while (performance.now() < end);
    await until(() => receiver.notes.log.includes("timeout"));
    expect(receiver.notes.log.indexOf("timeout")).toBe(100);
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
