import { describe, expect, it } from "vitest";
import { type GivenOptions, resolveOptions } from "../../core/options.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type {
  NodeStateMessage,
  NodeStateTimer,
} from "../../data/node-state/node-state.messages.ts";
import { nodeStateDefaults } from "../../data/node-state/node-state.options.ts";
import type { NodeState } from "../../data/node-state/node-state.ts";
import { Scuttlebutt } from "../../data/node-state/scuttlebutt.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import { MemoryDisk } from "../../storage/memory-disk.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { WriteResult } from "../api.ts";
import { NodeStore } from "../node-store.ts";
import { NodeStates } from "./node-states.ts";

interface World {
  nowMs: number;
  boot: number;
  state: NodeState | undefined;
  readonly renewed: number[];
}

function rig(
  given: GivenOptions<typeof nodeStateDefaults> = {},
  parts: { readonly store?: NodeStore } = {},
) {
  const world: World = { nowMs: 0, boot: 5, state: undefined, renewed: [] };
  const counts = new Map<string, number>();
  const options = resolveOptions("state", nodeStateDefaults, given);
  const env = new RecordingEnv<NodeStateMessage, NodeStateTimer>({ self: "me" });
  const timers = { startTimer: () => 1, stopTimer: () => {} };
  const states = new NodeStates({
    name: "me",
    options,
    values: {},
    store: parts.store,
    timers,
    now: () => world.nowMs,
    wallClock: () => 1_000_000,
    origin: () => makeOrigin("me", world.boot),
    count: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by),
    step: (body) => body(),
    afterStep: (body) => body(),
    checkRunning: () => {},
    onCallbackError: () => {},
    onDropped: () => {},
    write: (body) => body(),
    openLayer(state, numbers) {
      world.state = state;
      const peers = new StaticView(env.self);
      return new Scuttlebutt(env, { peers, state, counters: { add: () => {} } }, numbers);
    },
    standingOf: () => "here",
    renewLife(floor) {
      world.renewed.push(floor);
      world.boot = floor + 1;
    },
  });
  return { states, world, counts };
}

describe("the states of a node", () => {
  it("begin another life above what others claim of this one, once a minute at most", async () => {
    const { states, world } = rig();
    await states.set("role", "db");
    const claim = (boot: number, maxVersion: number): void => {
      const origin = makeOrigin("me", boot);
      world.state?.learn([{ origin, heartbeat: 0, gcVersion: 0, maxVersion }]);
    };
    claim(5, 1);
    expect(world.renewed).toEqual([]);
    claim(5, 2);
    claim(9, 0);
    expect(world.renewed).toEqual([5]);
    // Published anew, in the new life.
    expect(states.entry("role")?.dot).toEqual({ origin: "me#6", seq: 1 });
    expect(world.state?.own.copy.digest()).toMatchObject({ origin: "me#6", maxVersion: 1 });
    world.nowMs = 60_000;
    claim(9, 0);
    expect(world.renewed).toEqual([5, 9]);
  });

  it("are durable when a write resolves, and then survive", async () => {
    const tasks: (() => void)[] = [];
    const disk = new MemoryDisk(new Random(1), (body) => tasks.push(body));
    const work = (): void => {
      for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) task();
    };
    const store = new NodeStore(disk);
    const { states, world } = rig({}, { store });
    states.recover();
    // Nothing was kept: nothing begins.
    expect(world.state).toBeUndefined();
    let written: WriteResult | undefined;
    const writing = states.set("role", "db").then((result) => {
      written = result;
    });
    await Promise.resolve();
    store.endStep();
    await new Promise((resolve) => setImmediate(resolve));
    expect(written).toBeUndefined();
    work();
    await writing;
    expect(written).toEqual({ dot: { origin: "me#5", seq: 1 }, durable: true });
    disk.crash();
    const again = rig({}, { store: new NodeStore(disk) });
    again.states.recover();
    expect(again.world.state).toBeDefined();
    expect(again.states.get("role")).toBe("db");
  });

  it("take writes in the order in which they were asked for, also where nobody waits", async () => {
    const { states } = rig();
    const writing = states.set("role", "db");
    expect(states.get("role")).toBe("db");
    const deleting = states.delete("role");
    expect(states.get("role")).toBeUndefined();
    expect([await writing, await deleting]).toMatchObject([
      { dot: { seq: 1 } },
      { dot: { origin: "me#5" } },
    ]);
    expect(await states.delete("role")).toBeUndefined();
  });

  it("are not taken part in again once the node has stopped", () => {
    const { states, world } = rig();
    states.close();
    states.open();
    expect(world.state).toBeUndefined();
    expect(states.metrics()).toEqual({});
  });

  it("refuse keys that are no text, and ends that no clock can tell", async () => {
    const { states } = rig();
    for (const ttlMs of [0, -1, Number.NaN, Number.MAX_SAFE_INTEGER, 1e300, "5" as never]) {
      await expect(states.set("k", 1, { ttlMs })).rejects.toThrow(/CONFIG_OPTION.*ttlMs/);
    }
    await states.set("k", 1, { ttlMs: 1e15 });
    await expect(states.set(5 as never, 1)).rejects.toThrow(/CONFIG_OPTION.*not 5/);
    await expect(states.delete("\ud800")).rejects.toThrow(/CONFIG_OPTION/);
    expect(() => states.watch("*", () => {}, { members: "p1" } as never)).toThrow(/CONFIG_OPTION/);
  });
});
