import { afterEach, describe, expect, it, vi } from "vitest";
import { raft } from "../../src/index.ts";
import type { OrderEvent } from "../../src/node/api.ts";
import { RaftState } from "../../src/raft/raft-state.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.[Symbol.asyncDispose]();
  cluster = undefined;
  vi.restoreAllMocks();
});

const VOTERS = ["n1", "n2", "n3"];

async function group(nodes: number, more: Parameters<typeof raft>[0] = { voters: VOTERS }) {
  const orderer = raft(more);
  const made = await createTestCluster({ nodes, options: { orderer } });
  cluster = made;
  await made.run(Promise.all(made.nodes.map((node) => node.order.ready())));
  return made;
}

const leaderOf = (made: TestCluster): string =>
  made.nodes.find((node) => node.order.status().isLeader)?.name ?? "nobody";

describe("an order by embedded Raft", () => {
  it("is born where all first voters meet; who is not listed learns", async () => {
    const made = await group(5);
    await made.until(() => made.node("n1").order.members().learners.length === 2);
    for (const node of made.nodes) {
      await made.until(() => node.order.members().learners.length === 2);
      const { leader, learners, role, state, voters } = node.order.status();
      expect(state).toBe("running");
      expect(leader).toBe(leaderOf(made));
      expect([...voters].sort()).toEqual(VOTERS);
      expect([...learners].sort()).toEqual(["n4", "n5"]);
      expect(role).toBe(VOTERS.includes(node.name) ? "voter" : "learner");
      await made.run(node.order.read());
    }
  });

  it("has another leader when its leader dies, and keeps its voters", async () => {
    const made = await group(3);
    const first = leaderOf(made);
    const { term } = made.node(first).order.status();
    const heard: OrderEvent[] = [];
    const other = VOTERS.find((name) => name !== first) ?? "";
    made.node(other).order.on((event) => heard.push(event));
    made.crash(first);
    await made.until(() => leaderOf(made) !== "nobody" && leaderOf(made) !== first);
    expect(heard.some(({ kind }) => kind === "leader")).toBe(true);
    await made.restart(first);
    await made.run(made.node(first).order.ready());
    expect(made.node(first).order.status().role).toBe("voter");
    for (const name of VOTERS) made.crash(name, "machine");
    for (const name of VOTERS) await made.restart(name);
    await made.run(Promise.all(made.nodes.map((node) => node.order.ready())));
    for (const node of made.nodes) {
      expect(node.order.status().term).toBeGreaterThan(term);
      expect([...node.order.members().voters].sort()).toEqual(VOTERS);
    }
  });

  it("refuses a voter that lost its disk, until it was removed and comes anew", async () => {
    const made = await group(3);
    made.crash("n2", "machine");
    await made.restart("n2", { disk: "lost" });
    await expect(made.run(made.node("n2").order.ready())).rejects.toThrow(/RAFT_STATE_LOST/);
    expect(made.node("n2").order.status().state).toBe("lost");
    await expect(made.run(made.node("n2").order.read())).rejects.toThrow(/RAFT_STATE_LOST/);
    const helper = VOTERS.find((name) => name !== "n2" && name !== leaderOf(made)) ?? "";
    await made.run(made.node(helper).order.remove("n2"));
    made.crash("n2");
    await made.restart("n2", { disk: "lost" });
    await made.run(made.node("n2").order.ready());
    await made.until(() => made.node("n2").order.status().role === "learner");
    await made.run(made.node(helper).order.promote("n2"));
    await made.until(() => made.node("n2").order.status().role === "voter");
  });

  it("hands its leadership over, also when its leader leaves", async () => {
    const made = await group(3);
    const first = leaderOf(made);
    const [heir = "", other = ""] = VOTERS.filter((name) => name !== first);
    await expect(made.run(made.node(heir).order.transferTo(other))).rejects.toThrow(first);
    await made.run(made.node(first).order.transferTo(heir));
    expect(leaderOf(made)).toBe(heir);
    await made.run(made.node(heir).leave());
    expect([first, other]).toContain(leaderOf(made));
  });

  it("has another leader at once when its leader leaves, though a voter just died", async () => {
    for (const at of [0, 1]) {
      const made = await group(3);
      const first = leaderOf(made);
      const others = VOTERS.filter((name) => name !== first);
      const [dead = "", heir = ""] = at === 0 ? others : others.reverse();
      made.crash(dead);
      const { term } = made.node(heir).order.status();
      const begunMs = made.nowMs;
      const leaving = made.run(made.node(first).leave());
      let tookMs = Number.POSITIVE_INFINITY;
      made.node(heir).order.on(({ status }) => {
        if (status.isLeader) tookMs = made.nowMs - begunMs;
      });
      await leaving;
      // Whoever is asked to stand takes some milliseconds; who is not, an election's timeout.
      expect(tookMs).toBeLessThan(500);
      expect(made.node(heir).order.status()).toMatchObject({ isLeader: true, term: term + 1 });
      await made[Symbol.asyncDispose]();
    }
  });

  it("has another leader at once when one leaves that was busy, and heard of nobody", async () => {
    const made = await group(3);
    const first = leaderOf(made);
    made.pause(first);
    await made.runForMs(500);
    made.resume(first);
    const begunMs = made.nowMs;
    let tookMs = Number.POSITIVE_INFINITY;
    for (const name of VOTERS.filter((one) => one !== first)) {
      made.node(name).order.on(({ status }) => {
        if (status.isLeader) tookMs = made.nowMs - begunMs;
      });
    }
    await made.run(made.node(first).leave());
    expect(tookMs).toBeLessThan(500);
  });

  it("warns of no missing heir where there is no other voter", async () => {
    const warn = vi.fn<(text: string) => void>();
    const logger = { debug() {}, info() {}, warn, error() {} };
    const options = { orderer: raft({ voters: ["n1"] }), logger };
    const made = await createTestCluster({ nodes: 1, options });
    cluster = made;
    await made.run(made.node("n1").order.ready());
    await made.run(made.node("n1").leave());
    expect(warn).not.toHaveBeenCalled();
  });

  it("says which voters do not ask before they keep, and goes on without them", async () => {
    const sendTaken = RaftState.prototype.sendTaken;
    vi.spyOn(RaftState.prototype, "sendTaken").mockImplementation(function (
      this: RaftState,
      to,
      match,
    ) {
      if (String(this.env.self) !== "n2") return sendTaken.call(this, to, match);
      this.send(to, { kind: "taken", match, keeps: "unasked" });
    });
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      warn: (text: string) => warnings.push(text),
      error() {},
    };
    const made = await createTestCluster({
      nodes: 3,
      options: { orderer: raft({ voters: VOTERS }), logger },
    });
    cluster = made;
    await made.run(Promise.all(made.nodes.map((node) => node.order.ready())));
    const [first = "", second = ""] = VOTERS.filter((name) => name !== "n2");
    if (leaderOf(made) === "n2") await made.run(made.node("n2").order.transferTo(first));
    await made.until(() => warnings.length > 0);
    expect(warnings).toEqual([expect.stringMatching(/do not help to order: n2;.*upgrade/)]);
    const leader = made.node(leaderOf(made));
    expect(leader.metrics()["raft.unaskedVoters"]).toBe(1);
    const log = made.node(second).orderedLog("l");
    expect(await made.run(log.append(new Uint8Array(1)))).toMatchObject({ durable: true });
  });

  it("takes back who was removed and still runs as a learner", async () => {
    const made = await group(4);
    await made.until(() => made.node("n1").order.members().learners.length === 1);
    await made.run(made.node("n1").order.remove("n4"));
    await made.until(() => made.node("n1").order.members().learners.includes("n4"));
    await expect(made.run(made.node("n1").order.remove("nobody"))).rejects.toThrow(/absurd/);
  });

  it("does not say of a change under way that it had no effect when its node stops", async () => {
    const made = await group(4);
    await made.until(() => made.node("n1").order.members().learners.length === 1);
    const leader = made.node(leaderOf(made));
    const asked = [
      leader.order.promote("n4"),
      leader.order.transferTo(VOTERS.find((name) => name !== leader.name) ?? ""),
    ].map((one) =>
      one.then(
        () => undefined,
        (error) => error,
      ),
    );
    await made.run(leader.stop());
    for (const error of await made.run(Promise.all(asked))) {
      expect(error).toMatchObject({ code: "ORDER_UNCERTAIN", definite: false });
    }
    expect(() => leader.order).toThrow(/NODE_STOPPED/);
  });

  it("forgets who left and did not come back", async () => {
    const made = await group(4, { voters: VOTERS, members: { removeLeftAfterMs: 30_000 } });
    await made.until(() => made.node("n1").order.members().learners.length === 1);
    await made.run(made.node("n4").leave());
    await made.runForMs(20_000);
    expect(made.node("n1").order.members().learners).toEqual(["n4"]);
    await made.until(() => made.node("n1").order.members().learners.length === 0);
  });
});

describe("a node without an order", () => {
  it("says how to have one", async () => {
    cluster = await createTestCluster({ nodes: 1 });
    expect(() => cluster?.node("n1").order).toThrow(/CONFIG_OPTION.*raft/);
  });

  it("is what raft refuses to make of a list that makes no sense", () => {
    expect(() => raft({ voters: [] })).toThrow(/CONFIG_OPTION/);
    expect(() => raft({ voters: ["a", "a"] })).toThrow(/names a node twice/);
    expect(() => raft({ voters: ["a"], group: "" })).toThrow(/raft.group/);
  });
});
