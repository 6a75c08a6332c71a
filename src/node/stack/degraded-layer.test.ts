import { beforeEach, expect, it } from "vitest";
import { at } from "../../core/collections/at.ts";
import { parseIp } from "../../core/ip.ts";
import { makeOrigin } from "../../core/peer.ts";
import { DEGRADED_CHANNEL } from "../../peers/degraded/degraded.messages.ts";
import { encodeClaim } from "../../peers/degraded/degraded.wire.ts";
import type { SimNode } from "../../sim/sim-node.ts";
import { Simulator } from "../../sim/simulator.ts";
import { encodeFrame } from "../../wire/frame.ts";
import { compose } from "../compose.ts";
import { sliceOptions } from "../slice-options.ts";
import type { StackListener } from "./stack.contract.ts";
import type { Stack } from "./stack.ts";

/* Three whole nodes in virtual time: what one says of itself, and what another says of it. */

const BOOT = 3;
let simulator: Simulator;
let stacks: Stack[];
let told: string[];
let counts: Map<string, number>;

function listener(name: string): StackListener {
  const ignore = (): void => {};
  return {
    onMembership: ignore,
    onHealth: (change, member) => told.push(`${name}: ${change} ${member.name}`),
    onRumor: () => "accepted",
    onUserEvent: ignore,
    onQuery: ignore,
    onQueryDone: ignore,
    onLeft: ignore,
    onConflictLost: ignore,
    onConflict: ignore,
    onForeign: ignore,
    onPastToKeep: ignore,
    onBootRaised: ignore,
  };
}

function reside(host: SimNode, index: number): Stack {
  const name = `n${index}`;
  return compose(host, {
    name,
    addr: parseIp(host.address.host) ?? Uint8Array.of(0, 0, 0, 0),
    port: host.address.port,
    tags: new Map(),
    boot: BOOT,
    wire: "serf",
    options: sliceOptions({}),
    counters: { add: (what, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by) },
    listener: listener(name),
  });
}

function sample(index: number, delayMs: number): void {
  at(simulator.nodes, index).step(() => at(stacks, index).degraded.onSample({ delayMs, gcMs: 0 }));
}

/** `by` sends a claim about `about` to `to`. */
function claim(by: number, about: number, to: number): void {
  const origin = makeOrigin(`n${about}`, BOOT);
  const trouble = { delayMs: 9_000, gcMs: 0 };
  const lease = { kind: "claim", boot: BOOT, seq: 5, health: "degraded", leaseMs: 1_000 } as const;
  const body = encodeClaim({ ...lease, trouble });
  const frame = encodeFrame({ origin, channel: DEGRADED_CHANNEL, body });
  const { swim } = at(stacks, by);
  const member = swim.members.get(`n${to}`);
  if (member === undefined) throw new Error("they know each other");
  at(simulator.nodes, by).step(() => swim.sendUserTo(member, frame));
  simulator.runForMs(200);
}

beforeEach(() => {
  simulator = new Simulator({ seed: 4 });
  stacks = [];
  told = [];
  counts = new Map();
  for (let index = 0; index < 3; index += 1) {
    simulator.add((host) => stacks.push(reside(host, index)));
  }
  const { address } = at(simulator.nodes, 0);
  for (const stack of stacks.slice(1)) stack.join(address, () => {});
  simulator.runForMs(5_000);
});

it("tells all others that a node was busy, and when it is well again", () => {
  sample(0, 4_000);
  simulator.runForMs(200);
  expect(told.sort()).toEqual(["n0: degrade n0", "n1: degrade n0", "n2: degrade n0"]);
  expect(stacks.map((stack) => stack.degraded.of("n0")?.trouble.delayMs)).toEqual([
    4_000, 4_000, 4_000,
  ]);
  expect(at(stacks, 1).swim.evidence("n0").at(-1)).toMatchObject({
    what: "degraded",
    detail: "its event loop stood still for 4000 ms",
  });
  expect(at(stacks, 0).swim.awarenessScore).toBe(1);
  told = [];
  simulator.runForMs(10_000);
  sample(0, 0);
  simulator.runForMs(200);
  expect(told.sort()).toEqual(["n0: recover n0", "n1: recover n0", "n2: recover n0"]);
});

it("believes nobody what he says of another, nor what comes of another life", () => {
  claim(1, 0, 2);
  expect([told, counts.get("degraded.dropped.notItself")]).toEqual([[], 1]);
  claim(0, 0, 2);
  expect(told).toEqual(["n2: degrade n0"]);
});

it("forgets who is gone", () => {
  claim(0, 0, 2);
  simulator.crash(at(simulator.nodes, 0), "machine");
  simulator.runForMs(120_000);
  expect(at(stacks, 2).degraded.degradedCount).toBe(0);
});
