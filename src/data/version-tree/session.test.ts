import { describe, expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { Session } from "./session.ts";
import { headsText, rig, send } from "./version-tree-rig.ts";

const text = (value: string): Uint8Array => encodeUtf8(value);
const [a, b] = [makeOrigin("a", 1), makeOrigin("b", 1)];

describe("a session that goes to another replica", () => {
  it("is not served what is older than what it has read", () => {
    const [one, other] = [rig(a).tree, rig(b).tree];
    one.put("k", text("1"));
    send(one, other);
    one.put("k", text("2"), { context: one.read("k").context });
    const session = new Session();
    expect(session.read(one, "k")).toMatchObject({ status: "ok" });
    const behind = session.read(other, "k");
    expect(behind.status === "behind" && [...behind.missing]).toEqual([{ origin: a, seq: 2 }]);
    expect(session.read(other, "another").status).toBe("ok");
    send(one, other);
    expect(session.read(other, "k").status).toBe("ok");
    expect(new Session([]).read(other, "k").status).toBe("ok");
  });

  it("reads its own writes, or nothing", () => {
    const [one, other] = [rig(a).tree, rig(b).tree];
    const session = new Session(["read-your-writes"]);
    session.put(one, "k", text("1"));
    expect(session.read(other, "k").status).toBe("behind");
    send(one, other);
    expect(session.read(other, "k").status).toBe("ok");
    expect(new Session(["monotonic-reads"]).read(rig(b).tree, "k").status).toBe("ok");
  });

  it("replaces what it has read, also where that has not come yet", () => {
    const [one, other] = [rig(a).tree, rig(b).tree];
    one.put("k", text("1"));
    const session = new Session();
    session.read(one, "k");
    expect(session.put(other, "k", text("2")).status).toBe("ok");
    expect(session.delete(other, "j").status).toBe("ok");
    send(one, other);
    send(other, one);
    expect([headsText(one, "k"), headsText(other, "k")]).toEqual(["2", "2"]);
    const lax = new Session(["monotonic-reads"]);
    lax.read(one, "k");
    expect(lax.put(one, "k", text("3")).status).toBe("stale");
    expect(lax.put(one, "k", text("3"), { context: one.read("k").context }).status).toBe("ok");
  });

  it("asks for more, never for less, when it knows of too many keys", () => {
    const [one, other] = [rig(a).tree, rig(b).tree];
    const session = new Session(undefined, 2);
    for (const key of ["x", "y", "z"]) session.put(one, key, text(key));
    expect(session.keysCount).toBe(2);
    // Only x, which the frontier now stands for.
    const delta = one.collect(one.seen, other.seen, 1);
    for (const [dot, update] of delta.updates) other.apply(dot, update);
    expect(session.read(other, "z").status).toBe("behind");
    expect(session.read(other, "x").status).toBe("ok");
    expect(session.put(rig(b).tree, "new", text("1")).status).toBe("behind");
    send(one, other);
    expect(["x", "y", "z"].map((key) => session.read(other, key).status)).toEqual([
      "ok",
      "ok",
      "ok",
    ]);
    // A stale write is reported, though the session has once read the key.
    session.put(one, "w", text("1"));
    expect(session.put(one, "y", text("2")).status).toBe("stale");
  });

  it("still reads where a deletion was forgotten because all had seen it", () => {
    const [one, other] = [rig(a), rig(b)];
    const session = new Session();
    session.put(one.tree, "k", text("1"));
    session.delete(one.tree, "k");
    send(one.tree, other.tree);
    for (const { seen } of [one.tree]) other.stable = seen.clone();
    expect(other.tree.forgetStable()).toBe(1);
    expect(session.read(other.tree, "k")).toMatchObject({ status: "ok", values: [] });
  });
});

describe("many sessions that hop between replicas", () => {
  it.each([1, 2, 3, 4, 5, 6])("never see time go back, in history %i", (seed) => {
    const random = new Random(seed);
    const trees = [a, b, makeOrigin("c", 1)].map((origin) => {
      return rig(origin, { conflict: "siblings", siblingsMaxCount: 1_000 }).tree;
    });
    const clients = [0, 1, 2, 3].map((name) => ({
      name,
      session: new Session(undefined, 3),
      /** Of each key, which write of which client it has seen last. */
      seen: new Map<string, Map<string, number>>(),
      writesCount: 0,
    }));
    const statuses = new Set<string>();
    for (let round = 0; round < 1_500; round += 1) {
      const [tree, peer] = [trees[random.below(3)], trees[random.below(3)]];
      const client = clients[random.below(4)];
      if (tree === undefined || peer === undefined || client === undefined) throw new Error("none");
      const key = `k${random.below(5)}`;
      const seen = client.seen.get(key) ?? new Map<string, number>();
      client.seen.set(key, seen);
      const dice = random.below(4);
      if (dice === 0) send(tree, peer, 1 + random.below(400));
      else if (dice === 1) {
        client.writesCount += 1;
        const lines = Object.fromEntries(seen);
        lines[client.name] = client.writesCount;
        const written = client.session.put(tree, key, text(JSON.stringify(lines)));
        statuses.add(`put ${written.status}`);
        if (written.status === "ok") seen.set(`${client.name}`, client.writesCount);
      } else {
        const read = client.session.read(tree, key);
        statuses.add(`read ${read.status}`);
        if (read.status !== "ok") continue;
        const found = new Map<string, number>();
        for (const { update } of read.values) {
          const lines: Record<string, number> = JSON.parse(decodeUtf8(update.value ?? text("{}")));
          for (const [who, count] of Object.entries(lines)) {
            found.set(who, Math.max(count, found.get(who) ?? 0));
          }
        }
        for (const [who, count] of seen) expect(found.get(who) ?? 0).toBeGreaterThanOrEqual(count);
        for (const [who, count] of found) seen.set(who, count);
      }
    }
    expect([...statuses].sort()).toEqual(["put behind", "put ok", "read behind", "read ok"]);
  });
});
