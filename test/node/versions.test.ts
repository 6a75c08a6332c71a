/** Versions of whole nodes: conflicts, sessions that hop, tombstones and disks, in virtual time. */
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { HearsayNode, VersionNotice, Versions } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";
import { realNodes } from "./real-nodes.ts";
import { contextOf, placesCount, valuesOf } from "./versions-rig.ts";

type Cart = readonly string[];

const cartOf = (node: HearsayNode): Versions<Cart, Cart> => node.versions<Cart>("cart");
const setup = (node: HearsayNode): Versions<Cart, Cart> => cartOf(node);

describe("versions in a cluster", () => {
  it("keep both values of a conflict, until somebody who has read both writes one", async () => {
    await using cluster = await createTestCluster({ nodes: 4, seed: 3, setup });
    const [one, other] = [cluster.app("n1"), cluster.app("n4")];
    const first = await cluster.run(one.session().put("ann", ["bread"]));
    expect(first).toMatchObject({ status: "ok", durable: true });
    await cluster.until(() => other.size === 1);
    cluster.partition(["n1", "n2"]);
    const [here, there] = [one.session(), other.session()];
    await cluster.run(here.get("ann"));
    await cluster.run(there.get("ann"));
    await cluster.run(here.put("ann", ["bread", "milk"]));
    await cluster.run(there.put("ann", ["bread", "eggs"]));
    cluster.heal();
    await cluster.until(() => cluster.nodes.every((node) => cartOf(node).conflicts().length === 1));
    const reader = one.session();
    const read = await cluster.run(reader.get("ann"));
    expect(valuesOf(read)).toHaveLength(2);
    const both = [...new Set(valuesOf(read).flat())].sort();
    expect(both).toEqual(["bread", "eggs", "milk"]);
    const stale = await cluster.run(other.session().put("ann", []));
    expect(stale).toMatchObject({ status: "stale" });
    expect((await cluster.run(reader.put("ann", both, contextOf(read)))).status).toBe("ok");
    await cluster.until(() => cluster.nodes.every((node) => cartOf(node).conflicts().length === 0));
    expect(valuesOf(await cluster.run(other.session().get("ann")))).toEqual([both]);
  });

  it("let two clients who alternate blindly leave two values", async () => {
    const siblings = (node: HearsayNode) => node.versions<number>("n", { conflict: "siblings" });
    await using cluster = await createTestCluster({ nodes: 2, seed: 4, setup: siblings });
    const name = "k";
    const [one, other] = [cluster.app("n1"), cluster.app("n2")];
    for (const [x, y] of [[one, one] as const, [one, other] as const]) {
      // Each of the two knows only what it wrote itself.
      const clients = [x, y].map((store) => ({ store, context: undefined as string | undefined }));
      for (let write = 0; write < 100; write += 1) {
        const client = clients[write % 2];
        if (client === undefined) throw new Error("no client");
        const given = client.context === undefined ? {} : { context: client.context };
        const session = client.store.session({ guarantees: [] });
        client.context = contextOf(await cluster.run(session.put(name, write, given)));
      }
      const read = await cluster.run(one.session().get(name));
      const now = (store: typeof one) => valuesNow(store, name).join();
      await cluster.until(() => now(one) === "98,99");
      expect(read.status).toBe("ok");
      await cluster.until(() => now(other) === "98,99");
      const all = one.session();
      await cluster.run(all.get(name));
      await cluster.run(all.delete(name));
      await cluster.until(() => other.size === 0);
    }
  });

  it("reach those who open the store, through nodes that have not", async () => {
    await using cluster = await createTestCluster({ nodes: 14, seed: 5, messages: "bytes" });
    const [one, other] = [cartOf(cluster.node("n2")), cartOf(cluster.node("n13"))];
    await cluster.run(one.caughtUp({ timeoutMs: 30_000 }));
    await cluster.run(other.caughtUp({ timeoutMs: 30_000 }));
    await cluster.run(one.session().put("k", ["x"]));
    await cluster.until(() => other.size === 1, { limitMs: 1_000 });
    expect(cluster.node("n7").metrics()["versions.held"]).toBeUndefined();
    const late = cartOf(cluster.node("n7"));
    await cluster.until(() => late.size === 1, { limitMs: 5_000 });
  });

  it("that a schema does not take are refused here, and not kept when they come", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 7 });
    const careful = cluster.node("n1").versions("n", { schema: z.number().max(1) });
    const careless = cluster.node("n2").versions<number>("n");
    await expect(careful.session().put("a", 2)).rejects.toThrow(/SCHEMA_INVALID.*n "a"/);
    await cluster.run(careless.session().put("a", 2));
    await cluster.run(careless.session().put("b", 1));
    await cluster.until(() => careful.size === 1);
    expect(careful.keys()).toEqual(["b"]);
    expect(cluster.node("n1").metrics()["versions.dropped.schema"]).toBe(1);
  });

  it("are told to who watches: what there is, then what happens", async () => {
    await using cluster = await createTestCluster({ nodes: 2, seed: 8, setup });
    const [one, other] = [cluster.app("n1"), cluster.app("n2")];
    await cluster.run(one.session().put("a", ["1"]));
    await cluster.until(() => other.size === 1);
    const told: string[] = [];
    const text = ({ key, values }: VersionNotice<Cart>) => `${key} ${values.join("|")}`;
    const end = other.watch("*", (notice) => told.push(text(notice)));
    const queue = other.watch("b*");
    const session = one.session();
    await cluster.run(session.put("b", ["2"]));
    await cluster.until(() => other.size === 2);
    await cluster.run(session.delete("b"));
    await cluster.until(() => other.size === 1);
    end();
    await cluster.run(one.session().put("c", ["3"]));
    await cluster.until(() => other.size === 2);
    expect(told).toEqual(["a 1", "b 2", "b "]);
    expect(text((await queue.next()).value)).toBe("b 2");
    expect(text((await queue.next()).value)).toBe("b ");
    const last = queue.next();
    await cluster.run(cluster.node("n2").stop());
    expect((await last).done).toBe(true);
  });

  it("are written once, however often a request comes", async () => {
    await using cluster = await createTestCluster({ nodes: 1, seed: 9, setup });
    const store = cluster.app("n1");
    const put = (requestId: string, value: Cart) =>
      cluster.run(store.session().put("k", value, { requestId }));
    const first = await put("r1", ["x"]);
    expect(await put("r1", ["x"])).toEqual(first);
    expect(await put("r2", ["x"])).toMatchObject({ status: "stale" });
    expect(await cluster.run(store.session().get("k"))).toMatchObject({
      siblings: [{ value: ["x"], from: "n1", dot: { seq: 1 } }],
    });
  });
});

describe("a resolver", () => {
  const resolvers = {
    "sum:": (_: string, values: readonly number[]) => values.reduce((sum, one) => sum + one, 0),
    "bad:": (): number => {
      throw new Error("no idea");
    },
    "last:": "lww",
  } as const;
  const open = (node: HearsayNode) =>
    node.versions<number>("n", { conflict: "siblings", resolvers });

  it("ends conflicts by one write of the lowest living replica, each once", async () => {
    await using cluster = await createTestCluster({ nodes: 3, seed: 2, setup: open });
    // Who has not heard of the others yet thinks that it is the lowest.
    await cluster.until(() => cluster.nodes.every((node) => placesCount(node, "n") === 3));
    cluster.partition(["n1"], ["n2"]);
    for (const [name, amount] of [
      ["n1", 1],
      ["n2", 10],
      ["n3", 100],
    ] as const) {
      for (const key of ["sum:a", "last:a", "bad:a", "free:a"]) {
        await cluster.run(cluster.app(name).session().put(key, amount));
        await cluster.runForMs(10);
      }
    }
    cluster.heal();
    const all = () => cluster.names.map((name) => cluster.app(name));
    await cluster.until(() => all().every((store) => store.conflicts().join() === "bad:a,free:a"));
    for (const store of all()) {
      expect([valuesNow(store, "sum:a"), valuesNow(store, "last:a")]).toEqual([[111], [100]]);
      expect(valuesNow(store, "free:a")).toHaveLength(3);
    }
    const read = await cluster.run(cluster.app("n3").session().get("sum:a"));
    expect(read).toMatchObject({ siblings: [{ from: "n1" }] });
    expect(cluster.node("n1").metrics()["callback.errors"]).toBeGreaterThan(0);
    expect(cluster.node("n2").metrics()["callback.errors"]).toBeUndefined();
    const errors = cluster.node("n1").metrics()["callback.errors"];
    await cluster.runForMs(60_000);
    // A rule that has failed is not tried again until something is written.
    expect(cluster.node("n1").metrics()["callback.errors"]).toBe(errors);
    cluster.crash("n1");
    cluster.partition(["n2"]);
    await cluster.run(cluster.app("n2").session().put("sum:b", 1));
    await cluster.run(cluster.app("n3").session().put("sum:b", 2));
    cluster.heal();
    await cluster.until(() => valuesNow(cluster.app("n3"), "sum:b").join() === "3", {
      limitMs: 120_000,
    });
  });
});

describe("careless users of versions", () => {
  it("are told what is wrong, and how to mend it", async () => {
    await using cluster = await createTestCluster({ nodes: 1, setup });
    const node = cluster.node("n1");
    const store = cluster.app("n1");
    const session = store.session();
    await cluster.run(session.put("k", ["x"]));
    const context = contextOf(await cluster.run(session.get("k")));
    const wrong = async (call: () => Promise<unknown>, text: RegExp): Promise<void> => {
      await expect(cluster.run(call)).rejects.toThrow(text);
    };
    await wrong(() => session.put("j", ["x"], context), /CONTEXT_INVALID.*"j" of cart.*read the k/);
    await wrong(
      () => session.put("k", ["x"], `${context}A`),
      /CONTEXT_INVALID.*changed on its way/,
    );
    await wrong(() => session.put("k", ["x"], 5 as never), /CONFIG_OPTION/);
    await wrong(
      () => session.put("k", ["x"], { contex: "" } as never),
      /contex is no option of put/,
    );
    await wrong(
      () => session.put("k", ["x"], { context: "x".repeat(2e6) }),
      /of 2000000 characters/,
    );
    await wrong(() => session.put("", ["x"]), /CONFIG_OPTION.*a key is text/);
    await wrong(() => session.put("k".repeat(2_000), ["x"]), /a key of 2000 bytes/);
    await wrong(() => session.put("k", ["x".repeat(2e6)]), /VALUE_TOO_LARGE/);
    await wrong(() => session.get("k", { waitMs: -1 }), /timeoutMs is -1/);
    await wrong(() => session.get(7 as never), /a key is text, not 7/);
    expect(() => store.session({ token: "nonsense" })).toThrow(/CONTEXT_INVALID.*session of cart/);
    expect(() => store.session({ token: 5 as never })).toThrow(/CONTEXT_INVALID.*a number/);
    const token = session.token();
    expect(() => node.versions("other").session({ token })).toThrow(/session of other/);
    expect(() => session.token({ maxBytes: 4 })).toThrow(/VALUE_TOO_LARGE/);
    expect(() => store.session({ guarantees: ["all"] as never })).toThrow(/monotonic-reads/);
    expect(() => node.versions("cart", { codec: "json" })).toThrow(/STORE_CONFLICT.*codec/);
    expect(() => node.versions("cart", { keysMaxCount: 5 })).toThrow(/STORE_CONFLICT.*numbers/);
    expect(() => node.versions("cart", { conflict: "x" as never })).toThrow(/CONFIG_OPTION/);
    expect(() => node.versions("new", { keysMaxCount: 0 })).toThrow(/keysMaxCount is 0/);
    expect(() => node.versions("new", { valueMaxBytes: 1e9 })).toThrow(/links.messageMaxBytes/);
    expect(() => node.versions("new", { resolvers: { k: "last" } as never })).toThrow(/resolvers/);
    expect(() => node.versions("")).toThrow(/name of a store/);
    expect(() => store.watch("")).toThrow(/pattern of keys/);
    expect(node.versions("cart")).toBe(store);
    const small = node.versions<number>("small", { keysMaxCount: 1 });
    await cluster.run(small.session().put("a", 1));
    await wrong(() => small.session().put("b", 1), /STORE_FULL.*keysMaxCount/);
    await cluster.run(node.stop());
    await wrong(() => session.get("k"), /NODE_STOPPED/);
    expect(() => node.versions("cart")).toThrow(/NODE_STOPPED/);
  });
});

/** The values of a key, as the node holds them now. */
function valuesNow<V>(store: Versions<V, V>, key: string): readonly V[] {
  let found: readonly V[] = [];
  store.watch(key, ({ values }) => {
    found = values;
  })();
  return found;
}

describe("versions of real nodes", () => {
  const { folder, start } = realNodes();

  it("travel, are on disk when put has resolved, and are there in the next life", async () => {
    const dataDir = folder();
    const p1 = await start("p1", [], dataDir);
    const p2 = await start("p2", [p1.address]);
    const arrived = new Promise<Cart>((resolve) => {
      cartOf(p2).watch("k", ({ values: [value] }) => value && resolve(value));
    });
    const written = await cartOf(p1).session().put("k", ["x"]);
    expect(written).toMatchObject({ status: "ok", durable: true });
    const counted = await p1.crdts("shop").counter("c").add(2);
    expect(counted.durable).toBe(true);
    expect(await arrived).toEqual(["x"]);
    const context = contextOf(written);
    await p1.stop();
    const again = await start("p1", [p2.address], dataDir);
    expect(valuesNow(cartOf(again), "k")).toEqual([["x"]]);
    expect(again.crdts("shop").counter("c").value).toBe(2);
    expect(await cartOf(again).session().put("k", ["y"], context)).toMatchObject({ status: "ok" });
  });
});
