import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { LAZY, LINKED, LinkTown, ringOf } from "./link-rig.ts";

function pair(options: Parameters<LinkTown["add"]>[1] = {}) {
  const town = new LinkTown();
  return { town, a: town.add("a", options), b: town.add("b", options) };
}

const setups: [string, () => Parameters<LinkTown["add"]>[1]][] = [
  ["in clear", () => ({})],
  ["with a label", () => ({ label: "blue" })],
  ["sealed", () => ({ keys: ringOf(1, 2) })],
  ["sealed, with a label", () => ({ keys: ringOf(1), label: "blue" })],
];

describe.each(setups)("links %s", (_, setup) => {
  it("open when somebody sends, and carry everything in order, both ways", () => {
    const { town, a, b } = pair(setup());
    expect(a.say("b", "one")).toBe("taken");
    a.say("b", "two");
    town.run(50);
    b.say("a", "three");
    a.say("b", "four", LAZY);
    town.run(50);
    expect(b.log).toEqual(["a: one", "a: two", "lazy a: four"]);
    expect(a.log).toEqual(["b: three"]);
    expect(a.counters.snapshot()).toEqual({ "links.dialled": 1, "links.opened": 1 });
    expect(b.counters.snapshot()).toEqual({ "links.accepted": 1, "links.opened": 1 });
  });

  it("stay one when both dial at once, and lose nothing", () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const town = new LinkTown(seed);
      const [a, b] = [town.add("a", setup()), town.add("b", setup())];
      a.say("b", "from a");
      b.say("a", "from b");
      town.run(seed % 3 === 0 ? 2 : 400);
      a.say("b", "more");
      b.say("a", "more");
      town.run(400);
      expect(b.log).toEqual(["a: from a", "a: more"]);
      expect(a.log).toEqual(["b: from b", "b: more"]);
      const [ofA, ofB] = [a, b].map((one) => one.links.peers.get(one === a ? "b" : "a")?.link);
      expect(ofA?.role).toBe("dialler");
      expect(ofB?.role).toBe("acceptor");
      expect(a.counters.snapshot()["links.closed.broken"]).toBeUndefined();
    }
  });

  it("carry what is sent outside of a step", () => {
    const { town, a, b } = pair(setup());
    for (const word of ["one", "two", "three"]) {
      a.links.send(peerId("b"), 40, new TextEncoder().encode(word));
      town.run(50);
    }
    expect(b.log).toEqual(["a: one", "a: two", "a: three"]);
  });

  it("carry a large message whole, and refuse one that is too large", () => {
    const { town, a, b } = pair(setup());
    const send = (size: number) =>
      a.node.step(() => a.links.send(peerId("b"), 40, new Uint8Array(size)));
    expect(send(5_000_000)).toBe("taken");
    expect(send(16_777_217)).toBe("tooLarge");
    expect(send(65_528)).toBe("taken");
    expect(send(65_529)).toBe("taken");
    a.say("b", "and that");
    town.run(500);
    expect(b.log).toEqual(["a: 5000000 bytes", "a: 65528 bytes", "a: 65529 bytes", "a: and that"]);
    expect(b.links.peers.get("a")?.link?.heldBytes).toBe(0);
  });
});

describe("links", () => {
  it("give each channel a state of its own", () => {
    const { town, a, b } = pair();
    expect(a.say("b", "no link yet", LINKED)).toBe("noLink");
    a.open("b");
    a.say("b", "hello", LINKED);
    expect(a.log).toEqual([]);
    town.run(50);
    expect(a.log).toEqual(["up b"]);
    expect(b.log).toEqual(["up a", "linked a: hello"]);
    b.say("a", "hi", LINKED);
    a.say("b", "last", LINKED);
    a.close("b");
    town.run(50);
    expect(b.log.slice(2)).toEqual(["linked a: last", "down a"]);
    // Let go of, it hears nothing more.
    expect(a.log).toEqual(["up b"]);
    b.open("a");
    town.run(50);
    expect(a.log.at(-1)).toBe("up b");
    expect(b.log.at(-1)).toBe("up a");
    expect(a.counters.snapshot()["links.opened"]).toBe(1);
  });

  it("tell of a channel that the other end does not have", () => {
    const { town, a, b } = pair();
    a.links.use(
      50,
      {
        onMessage: () => {},
        onLinkUp: () => a.log.push("up 50"),
        onLinkDown: () => a.log.push("down 50"),
      },
      "keep",
    );
    a.node.step(() => a.links.openLink(peerId("b"), 50));
    town.run(50);
    expect(a.log).toEqual(["down 50"]);
    expect(b.counters.snapshot()["links.dropped.unknownChannel"]).toBe(1);
    expect(b.counters.snapshot()["links.closed.broken"]).toBeUndefined();
  });

  it("tell of a dial that failed, and of a peer that is killed", () => {
    const { town, a, b } = pair();
    a.open("nobody");
    town.run(10);
    expect(a.log).toEqual(["down nobody"]);
    a.open("b");
    town.run(50);
    expect(a.log.at(-1)).toBe("up b");
    town.kill("b");
    town.run(50);
    expect(a.log.slice(1)).toEqual(["up b", "down b"]);
    a.open("b");
    town.run(6_000);
    expect(a.log.slice(3)).toEqual(["down b"]);
    expect(b.log).toEqual(["up a"]);
  });

  it("go to the new life of a peer, and are told of as down and up", () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const town = new LinkTown(seed);
      const a = town.add("a");
      town.add("b");
      a.open("b");
      town.run(50);
      const second = town.restart("b", 2);
      second.open("a");
      town.run(50);
      expect(a.log).toEqual(["up b", "down b", "up b"]);
      a.say("b", "news");
      town.run(50);
      expect(second.log).toEqual(["up a", "a: news"]);
    }
  });

  it("notice a machine that vanished by its silence", () => {
    const { town, a } = pair();
    a.open("b");
    town.run(50);
    town.kill("b", "machine");
    town.run(15_000);
    const heard = [...a.log];
    town.run(15_000);
    expect([...heard, ...a.log.slice(heard.length)]).toEqual(["up b", "down b"]);
    expect(a.counters.snapshot()).toMatchObject({ "links.opened": 1 });
  });

  it("stay while they are quiet and somebody holds them, and close when nobody does", () => {
    const { town, a, b } = pair();
    a.open("b");
    town.run(600_000);
    expect(a.log).toEqual(["up b"]);
    expect(a.links.peers.get("b")?.link?.isUp).toBe(true);
    a.close("b");
    town.run(120_000);
    expect(b.log).toEqual(["up a", "down a"]);
    for (const { links } of [a, b]) expect(links.peers.size).toBe(0);
    const closed = [a, b].map(({ counters }) => counters.snapshot()["links.closed.idle"] ?? 0);
    expect(Math.max(...closed)).toBe(1);
    for (const { counters } of [a, b]) {
      expect(counters.snapshot()["links.closed.broken"]).toBeUndefined();
    }
    a.say("b", "again");
    town.run(50);
    expect(b.log.at(-1)).toBe("a: again");
  });

  it("lose nothing that is said while they close for idleness", () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const town = new LinkTown(seed);
      const [a, b] = [town.add("a"), town.add("b")];
      a.say("b", "first");
      town.run(60_000 + seed * 50);
      b.say("a", "late");
      a.say("b", "late");
      town.run(3_000);
      expect(a.log).toEqual(["b: late"]);
      expect(b.log).toEqual(["a: first", "a: late"]);
    }
  });

  it("give back what could not be sent in time, and try again with pauses", () => {
    const { town, a, b } = pair();
    town.simulator.partition([a.node], [b.node]);
    a.say("b", "early");
    town.run(4_000);
    a.say("b", "later");
    town.run(2_000);
    expect(a.log).toEqual(["unsent b: early"]);
    town.simulator.heal();
    town.run(2_000);
    expect(a.counters.snapshot()["links.dialFailed"]).toBe(1);
    a.say("b", "now");
    town.run(1_000);
    expect(b.log).toEqual(["a: later", "a: now"]);
    expect(a.log.length).toBe(1);
  });

  it("give back at once what is for nobody they know", () => {
    const { town, a } = pair();
    expect(a.say("nobody", "hello")).toBe("noLink");
    town.run(10);
    expect(a.counters.snapshot()).toEqual({ "links.dropped.noLink": 1 });
  });
});

describe("the queue for a slow peer", () => {
  const options = {
    queueHighWaterBytes: 10_000,
    queueMaxBytes: 20_000,
    writeAheadBytes: 300_000,
    slowPeerAfterMs: 3_000,
  };

  function slow() {
    const { town, a, b } = pair({ options });
    a.say("b", "hello");
    town.run(50);
    const id = b.links.peers.get("a")?.link?.id;
    if (id === undefined) return expect.fail("no link");
    const send = (size: number, channel = 40) =>
      a.node.step(() => a.links.send(peerId("b"), channel, new Uint8Array(size)));
    return { town, a, b, id, send };
  }

  it("drops what may be dropped first, then refuses, and says when there is room", () => {
    const { town, a, send } = slow();
    const results = a.node.step(() => {
      const taken = [send(6_000, LAZY), send(3_000, LAZY), send(9_000), send(9_000), send(9_000)];
      expect(a.links.capacity(peerId("b"))).toBe(0);
      return taken;
    });
    expect(results).toEqual(["taken", "taken", "taken", "taken", "full"]);
    town.run(50);
    const counts = a.counters.snapshot();
    expect(counts["links.dropped.queueFull"]).toBe(3);
    expect(a.log).toContain("drained b");
    expect(a.links.capacity(peerId("b"))).toBe(10_000);
  });

  it("closes the link of a peer that takes nothing, and opens it again when it is needed", () => {
    const { town, a, b, send } = slow();
    const link = b.links.peers.get("a")?.link;
    if (link === undefined) return expect.fail("no link");
    town.simulator.pause(b.node);
    for (let sent = 0; sent < 70; sent += 1) send(9_000);
    expect(send(9_000)).toBe("full");
    town.run(5_000);
    expect(a.counters.snapshot()["links.closed.slow"]).toBe(1);
    expect(a.counters.snapshot()["links.dropped.slow"]).toBeGreaterThan(0);
    town.simulator.resume(b.node);
    a.say("b", "again");
    town.run(2_000);
    expect(b.log.at(-1)).toBe("a: again");
  });
});
