import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { ExchangeRig, receivers } from "../../testing/exchange-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { PushedUpdate } from "../enrolled.ts";
import { floodingDefaults } from "./flooding.options.ts";
import { Flooding } from "./flooding.ts";

function rig(peersCount: number, options = {}) {
  const world = new ExchangeRig(peersCount);
  const env = new RecordingEnv<PushedUpdate, never>();
  const flooding = new Flooding(env, world, { ...floodingDefaults, ...options });
  flooding.enrol(world.enrolled);
  flooding.start();
  return { world, env, flooding };
}

describe("flooding", () => {
  it("passes what is news to all neighbours but the one who brought it", () => {
    const { env, flooding, world } = rig(4);
    flooding.onMessage(peerId("p2"), world.foreign("far"));
    expect(receivers(env.taken())).toEqual(["p1", "p3", "p4"]);
    world.history.append(Uint8Array.of(1));
    expect(receivers(env.taken())).toHaveLength(4);
  });

  it("passes nothing on twice", () => {
    const { env, flooding, world } = rig(4);
    flooding.onMessage(peerId("p2"), world.foreign("far"));
    env.taken();
    flooding.onMessage(peerId("p3"), world.foreign("far"));
    expect(receivers(env.taken())).toEqual([]);
    expect(world.counts.get("flooding.duplicates")).toBe(1);
  });

  it("bounds its neighbours, and counts what it does not know", () => {
    const { env, flooding, world } = rig(9, { neighboursMaxCount: 3 });
    world.history.append(Uint8Array.of(1));
    expect(receivers(env.taken())).toHaveLength(3);
    flooding.onMessage(peerId("p1"), { ...world.foreign("p1"), replica: "y" });
    expect(world.counts.get("flooding.dropped.unknownReplica")).toBe(1);
  });
});
