import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { ExchangeRig, receivers } from "../../testing/exchange-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { PushedUpdate } from "../enrolled.ts";
import { directMailDefaults } from "./direct-mail.options.ts";
import { DirectMail, type DirectMailTimer } from "./direct-mail.ts";

function rig(peersCount: number, options = {}) {
  const world = new ExchangeRig(peersCount);
  const env = new RecordingEnv<PushedUpdate, DirectMailTimer>();
  const mail = new DirectMail(env, world, { ...directMailDefaults, ...options });
  mail.enrol(world.enrolled);
  mail.start();
  return { ...world, world, env, mail };
}

describe("direct mail", () => {
  it("posts what is written here to every peer, once", () => {
    const { env, history } = rig(5);
    history.append(Uint8Array.of(1));
    expect(receivers(env.taken())).toEqual(["p1", "p2", "p3", "p4", "p5"]);
  });

  it("passes on nothing that others wrote", () => {
    const { env, mail, world } = rig(5);
    mail.onMessage(peerId("p1"), world.foreign("p1"));
    expect(world.heldOf("p1")).toBe(1);
    expect(receivers(env.taken())).toEqual([]);
  });

  it("sends a large post in batches, and drops what the queue cannot hold", () => {
    const { env, history, mail, world } = rig(10, { batchMaxCount: 4, queueMaxCount: 8 });
    history.append(Uint8Array.of(1));
    expect(receivers(env.taken())).toHaveLength(4);
    mail.onTimer({ kind: "batch" });
    expect(receivers(env.taken())).toHaveLength(4);
    expect(world.counts.get("directMail.dropped.queueFull")).toBe(2);
    expect(world.counts.get("directMail.sent")).toBe(8);
  });

  it("counts post for a replica it does not know", () => {
    const { mail, world } = rig(1);
    mail.onMessage(peerId("p1"), { ...world.foreign("p1"), replica: "y" });
    expect(world.counts.get("directMail.dropped.unknownReplica")).toBe(1);
  });
});
