import { describe, expect, it, test } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { peerViewContract } from "../../testing/peer-view-contract.ts";
import { RecordingLinkEnv } from "../../testing/recording-env.ts";
import type { HyParViewWiring } from "./hyparview.contract.ts";
import type { HyParViewMessage, KnownPeer } from "./hyparview.messages.ts";
import { type HyParViewOptions, hyparviewDefaults } from "./hyparview.options.ts";
import type { HyParViewTimer } from "./hyparview.timers.ts";
import { HyParView } from "./hyparview.ts";

class Rig {
  readonly env = new RecordingLinkEnv<HyParViewMessage, HyParViewTimer>();
  readonly counts = new Map<string, number>();
  readonly heard: string[] = [];
  readonly hyparview: HyParView;

  constructor(options: Partial<HyParViewOptions> = {}, wiring: Partial<HyParViewWiring> = {}) {
    const counters = {
      add: (name: string, by = 1): void => {
        this.counts.set(name, (this.counts.get(name) ?? 0) + by);
      },
    };
    this.hyparview = new HyParView(
      this.env,
      { counters, afterStep: (body) => body(), ...wiring },
      { ...hyparviewDefaults, ...options },
    );
    this.hyparview.subscribe({
      onPeerUp: (peer) => this.heard.push(`up ${peer}`),
      onPeerDown: (peer) => this.heard.push(`down ${peer}`),
    });
    this.hyparview.start();
  }

  /** These dial and join. */
  joined(...names: string[]): this {
    for (const name of names) this.dialled(name, { kind: "join" });
    this.env.taken();
    this.heard.length = 0;
    return this;
  }

  dialled(name: string, message: HyParViewMessage): void {
    this.hyparview.onLinkUp(peerId(name));
    this.hyparview.onMessage(peerId(name), message);
  }

  says(name: string, message: HyParViewMessage): void {
    this.hyparview.onMessage(peerId(name), message);
  }

  /** What it did since, timers aside, in few words. */
  did(): string[] {
    const words = this.env.taken().flatMap((action) => {
      if ("openLink" in action) return [`open ${action.openLink}`];
      if ("closeLink" in action) return [`close ${action.closeLink}`];
      if ("send" in action) return [`${action.to} ${textOf(action.send)}`];
      return [];
    });
    // Closing twice is closing once.
    return words.filter((what, at) => !(what.startsWith("close") && words[at - 1] === what));
  }

  get neighbours(): string[] {
    const names: string[] = [];
    this.hyparview.forEachNeighbour((peer) => names.push(String(peer)));
    return names;
  }

  get reserve(): string[] {
    const all = this.hyparview.worthKeeping().map(({ peer }) => String(peer));
    return all.filter((name) => !this.neighbours.includes(name)).sort();
  }
}

function textOf(message: HyParViewMessage): string {
  if (message.kind === "neighbor") return `neighbor ${message.priority}`;
  if (message.kind === "disconnect") return `disconnect ${message.why}`;
  if (message.kind === "forwardJoin") return `forwardJoin ${message.joiner.peer} ${message.ttl}`;
  return message.kind;
}

function cards(...names: string[]): KnownPeer[] {
  return names.map((name) => ({ peer: peerId(name) }));
}

const five = ["a", "b", "c", "d", "e"];

peerViewContract(
  { describe, test },
  "HyParView",
  () => {
    const rig = new Rig();
    let next = 0;
    return {
      view: rig.hyparview,
      self: rig.env.self,
      join: () => {
        const name = `p${next}`;
        next += 1;
        rig.dialled(name, { kind: "join" });
        return peerId(name);
      },
      leave: (peer: PeerId) => rig.hyparview.onLinkDown(peer),
    };
  },
  { capacity: 5 },
);

describe("a join", () => {
  it("is answered, and walks on from all other neighbours", () => {
    const rig = new Rig().joined("a", "b");
    rig.dialled("c", { kind: "join" });
    expect(rig.did()).toEqual(["c neighborReply", "a forwardJoin c 6", "b forwardJoin c 6"]);
    expect([rig.neighbours, rig.heard]).toEqual([["a", "b", "c"], ["up c"]]);
    rig.says("c", { kind: "join" });
    expect(rig.did()[0]).toBe("c neighborReply");
    expect(rig.heard).toEqual(["up c"]);
  });

  it("makes a neighbour give way, politely, who stays in reserve", () => {
    const rig = new Rig().joined(...five);
    rig.dialled("f", { kind: "join" });
    const [gone] = five.filter((name) => !rig.neighbours.includes(name));
    const did = rig.did().slice(0, 4);
    expect(did).toEqual([
      "f neighborReply",
      `${gone} shuffleReply`,
      `${gone} disconnect room`,
      `close ${gone}`,
    ]);
    expect([rig.neighbours.length, rig.reserve]).toEqual([5, [gone]]);
    expect(rig.heard).toEqual([`down ${gone}`, "up f"]);
  });

  it("is sent on where too many joined in this second", () => {
    const rig = new Rig({ evictionsPerSecond: 1 }).joined(...five, "f");
    rig.dialled("g", { kind: "join" });
    expect(rig.did()).toEqual(["g shuffleReply", "g disconnect room", "close g"]);
    expect(rig.counts.get("hyparview.refusals")).toBe(1);
  });

  it("ends its walk with a request, and leaves the joiner in reserve on its way", () => {
    const rig = new Rig().joined("a", "b");
    const joiner = { peer: peerId("j") };
    rig.says("a", { kind: "forwardJoin", joiner, ttl: 3 });
    expect([rig.did(), rig.reserve]).toEqual([["b forwardJoin j 2"], ["j"]]);
    rig.says("a", { kind: "forwardJoin", joiner, ttl: 0 });
    expect(rig.did()).toEqual(["open j", "j neighbor high"]);
    expect(rig.neighbours).toEqual(["a", "b"]);
    rig.says("j", { kind: "neighborReply" });
    expect(rig.neighbours).toEqual(["a", "b", "j"]);
    rig.says("a", { kind: "forwardJoin", joiner: { peer: rig.env.self }, ttl: 0 });
    rig.dialled("x", { kind: "forwardJoin", joiner: { peer: peerId("victim") }, ttl: 0 });
    expect(rig.did()).toEqual(["close x"]);
    expect(rig.counts.get("hyparview.dropped.notNeighbour")).toBe(1);
  });

  it("asks seeds at once, again with growing pauses, and rests once there is a neighbour", () => {
    const rig = new Rig({}, { seeds: cards("s", "self") });
    expect(rig.did()).toEqual(["open s", "s join"]);
    rig.hyparview.onLinkDown(peerId("s"));
    const joins: number[] = [];
    for (let second = 0; second < 120; second += 1) {
      rig.env.advance(1_000, rig.hyparview);
      if (rig.did().includes("s join")) joins.push(second);
    }
    expect(joins.length).toBeGreaterThan(4);
    expect(joins.length).toBeLessThan(14);
    rig.dialled("s", { kind: "neighbor", priority: "high" });
    rig.env.advance(40_000, rig.hyparview);
    rig.did();
    rig.env.advance(300_000, rig.hyparview);
    expect(rig.did()).not.toContain("s join");
  });

  it("asked for again is sent again, while the first one has no answer", () => {
    const rig = new Rig();
    rig.hyparview.join(cards("s"));
    rig.hyparview.join(cards("s"));
    expect(rig.did().filter((what) => what === "s join")).toHaveLength(2);
  });
});

describe("a neighbour that is gone", () => {
  it("is replaced from the reserve, one after another, each asked once", () => {
    const rig = new Rig({ activeCount: 2 }).joined("a", "b");
    rig.says("b", { kind: "shuffleReply", peers: cards("p", "q", "r") });
    rig.hyparview.onLinkDown(peerId("a"));
    const [first] = asked(rig);
    rig.says(first ?? "", { kind: "shuffleReply", peers: cards("n") });
    rig.says(first ?? "", { kind: "disconnect", why: "room" });
    const [second] = asked(rig);
    rig.hyparview.onLinkDown(peerId(second ?? ""));
    const [third] = asked(rig);
    rig.env.advance(500, rig.hyparview);
    const [fourth] = asked(rig);
    expect(new Set([first, second, third, fourth])).toEqual(new Set(["p", "q", "r", "n"]));
    rig.says(fourth ?? "", { kind: "neighborReply" });
    expect(rig.neighbours).toEqual(["b", fourth]);
    // The refused one stays in reserve; who could not be reached does not.
    expect(rig.reserve).toEqual([first]);
    expect(rig.heard).toEqual(["down a", `up ${fourth}`]);
  });

  it("is not asked in a search without end", () => {
    const rig = new Rig({ activeCount: 2, refillTriesCount: 3 }).joined("a", "b");
    rig.says("b", { kind: "shuffleReply", peers: cards("p0") });
    rig.hyparview.onLinkDown(peerId("a"));
    let count = 0;
    for (let [next] = asked(rig); next !== undefined; [next] = asked(rig)) {
      count += 1;
      const fresh = Array.from({ length: 8 }, (_, at) => `n${count}-${at}`);
      rig.says(next, { kind: "shuffleReply", peers: cards(...fresh) });
      rig.says(next, { kind: "disconnect", why: "room" });
    }
    expect(count).toBe(3);
  });

  it("is asked with high priority by a node that has none left", () => {
    const rig = new Rig({}, { remembered: cards("p") });
    expect(asked(rig, "high")).toEqual(["p"]);
  });

  function asked(rig: Rig, priority = "low"): string[] {
    const ending = ` neighbor ${priority}`;
    return rig
      .did()
      .filter((what) => what.endsWith(ending))
      .map((what) => what.slice(0, -ending.length));
  }
});

describe("a request to be neighbours", () => {
  it("is granted where there is room, refused where there is none, and never to high", () => {
    const rig = new Rig().joined(...five.slice(0, 4));
    rig.dialled("x", { kind: "neighbor", priority: "low" });
    expect(rig.did()).toEqual(["x neighborReply"]);
    rig.dialled("y", { kind: "neighbor", priority: "low" });
    expect(rig.did()).toEqual(["y shuffleReply", "y disconnect room", "close y"]);
    rig.dialled("z", { kind: "neighbor", priority: "high" });
    expect(rig.did()[0]).toBe("z neighborReply");
    expect(rig.neighbours).toHaveLength(5);
  });

  it("is high once in five seconds only", () => {
    const rig = new Rig().joined(...five);
    const ask = (): string | undefined => {
      rig.dialled("z", { kind: "neighbor", priority: "high" });
      const [first] = rig.did();
      rig.hyparview.onLinkDown(peerId("z"));
      rig.joined(...five.filter((name) => !rig.neighbours.includes(name)));
      return first;
    };
    expect([ask(), ask()]).toEqual(["z neighborReply", "z shuffleReply"]);
    rig.env.advance(5_000, rig.hyparview);
    expect(ask()).toBe("z neighborReply");
  });

  it("answered late finds no link, and a late answer no neighbour", () => {
    const rig = new Rig({}, { remembered: cards("p") });
    rig.env.taken();
    rig.env.advance(500, rig.hyparview);
    expect(rig.did()).toContain("close p");
    rig.dialled("p", { kind: "neighborReply" });
    expect([rig.neighbours, rig.did()]).toEqual([[], ["close p"]]);
    expect(rig.counts.get("hyparview.dropped.unasked")).toBe(1);
  });
});

describe("a shuffle", () => {
  it("offers itself and some of both views; answers come in the place of what was offered", () => {
    const remembered = cards(...Array.from({ length: 30 }, (_, at) => `r${at}`));
    const rig = new Rig({ refillTriesCount: 0 }, { remembered }).joined(...five);
    rig.env.advance(75_000, rig.hyparview);
    const shuffle = rig.env
      .taken()
      .flatMap((action) =>
        "send" in action && action.send.kind === "shuffle" ? [action.send] : [],
      );
    const [offered] = shuffle;
    expect(offered?.peers).toHaveLength(8);
    expect(offered?.ttl).toBe(6);
    const reply = cards("n0", "n1", "n2");
    rig.dialled("far", { kind: "shuffleReply", peers: reply });
    expect(rig.reserve).toEqual(expect.arrayContaining(["n0", "n1", "n2"]));
    const left = rig.reserve.filter((name) => name.startsWith("r"));
    const given = offered?.peers.map(({ peer }) => String(peer)) ?? [];
    const missing = remembered.map(({ peer }) => String(peer)).filter((n) => !left.includes(n));
    expect(missing).toHaveLength(3);
    expect(given).toEqual(expect.arrayContaining(missing));
    // Nobody else was asked.
    rig.dialled("liar", { kind: "shuffleReply", peers: cards("evil") });
    expect(rig.reserve).not.toContain("evil");
    expect(rig.counts.get("hyparview.dropped.unasked")).toBe(1);
  });

  it("walks on, and is answered at its end over a link of its own", () => {
    const rig = new Rig().joined("a", "b");
    const origin = { peer: peerId("o") };
    const message = { kind: "shuffle", origin, peers: [origin, ...cards("x")] } as const;
    rig.says("a", { ...message, ttl: 9 });
    expect(rig.did()).toEqual(["b shuffle"]);
    rig.says("a", { ...message, ttl: 0 });
    expect(rig.did()).toEqual(["open o", "o shuffleReply", "close o"]);
    expect(rig.reserve).toEqual(["o", "x"]);
  });

  it("writes only so much of the passive view, from neighbours as from strangers", () => {
    const rig = new Rig({ passiveCount: 100 }).joined("a");
    for (let round = 0; round < 10; round += 1) {
      const evil = cards(...Array.from({ length: 8 }, (_, at) => `evil${round}-${at}`));
      rig.says("a", { kind: "shuffleReply", peers: evil });
      const strange = cards(...Array.from({ length: 8 }, (_, at) => `strange${round}-${at}`));
      rig.dialled(`s${round}`, { kind: "probe", peers: strange });
    }
    expect(rig.reserve.filter((name) => name.startsWith("evil"))).toHaveLength(16);
    expect(rig.reserve.filter((name) => name.startsWith("strange"))).toHaveLength(32);
    expect(rig.counts.get("hyparview.dropped.passiveBudget")).toBe(64 + 48);
  });

  it("of absurd length or weight is dropped", () => {
    const rig = new Rig().joined("a");
    const many = cards(...Array.from({ length: 9 }, (_, at) => `x${at}`));
    const heavy = [{ peer: peerId("x"), data: new Uint8Array(513) }];
    const [origin] = cards("o");
    for (const peers of [many, heavy]) {
      rig.says("a", { kind: "shuffle", origin: origin ?? expect.fail(), peers, ttl: 0 });
      rig.says("a", { kind: "shuffleReply", peers });
      rig.dialled("s", { kind: "probe", peers });
    }
    expect(rig.reserve).toEqual([]);
    expect(rig.counts.get("hyparview.dropped.absurd")).toBe(6);
  });
});

describe("strangers", () => {
  it("are heard and sent away, and too many push out the oldest", () => {
    const rig = new Rig({ strangersMaxCount: 2, strangerTimeoutMs: 1_000 });
    rig.dialled("a", { kind: "beacon", beacon: { root: peerId("a"), count: 1, ageMs: 0 } });
    expect(rig.did()).toEqual(["close a"]);
    for (const name of ["b", "c", "d"]) rig.hyparview.onLinkUp(peerId(name));
    expect(rig.did()).toEqual(["close b"]);
    rig.env.advance(80_000, rig.hyparview);
    expect(rig.did()).toEqual(expect.arrayContaining(["close c", "close d"]));
  });

  it("and neighbours are heard only so often in a second", () => {
    const rig = new Rig({ peerMessagesPerSecond: 3 }).joined("a");
    const beacon = (count: number): HyParViewMessage => ({
      kind: "beacon",
      beacon: { root: peerId("r"), count, ageMs: 0 },
    });
    for (let count = 1; count <= 9; count += 1) rig.says("a", beacon(count));
    expect(rig.counts.get("hyparview.dropped.overBudget")).toBe(7);
    rig.env.advance(1_000, rig.hyparview);
    rig.says("a", beacon(10));
    expect(rig.counts.get("hyparview.dropped.overBudget")).toBe(7);
  });
});

describe("what travels with a name", () => {
  it("is told when it changes, and comes along in walks", () => {
    const told: string[] = [];
    const data = Uint8Array.of(1);
    const rig = new Rig(
      {},
      {
        data,
        onPeerData: ({ peer, data: bytes }) => told.push(`${peer} ${bytes?.join()}`),
      },
    );
    for (const byte of [7, 7, 8]) rig.dialled("a", { kind: "join", data: Uint8Array.of(byte) });
    expect(told).toEqual(["a 7", "a 8"]);
    expect(rig.hyparview.dataOf(peerId("a"))).toEqual(Uint8Array.of(8));
    rig.env.taken();
    rig.dialled("b", { kind: "join", data });
    const sent = rig.env.taken().flatMap((action) => ("send" in action ? [action.send] : []));
    expect(sent).toEqual([
      { kind: "neighborReply", data },
      { kind: "forwardJoin", joiner: { peer: "b", data }, ttl: 6 },
    ]);
  });
});

test("who leaves says so, and is not remembered", () => {
  const rig = new Rig().joined("a", "b");
  rig.hyparview.stop();
  expect(rig.did()).toEqual(["a disconnect leave", "close a", "b disconnect leave", "close b"]);
  const other = new Rig().joined("a", "b");
  other.says("a", { kind: "disconnect", why: "leave" });
  expect([other.neighbours, other.reserve]).toEqual([["b"], []]);
});
