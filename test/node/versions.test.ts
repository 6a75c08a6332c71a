/** Versions of whole nodes: conflicts, sessions that hop, tombstones and disks, in virtual time. */
import { describe, expect, it } from "vitest";
import type { HearsayNode, VersionGet, VersionPut, Versions } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/index.ts";

type Cart = readonly string[];

const cartOf = (node: HearsayNode): Versions<Cart, Cart> => node.versions<Cart>("cart");
const setup = (node: HearsayNode): Versions<Cart, Cart> => cartOf(node);

/** The context of what went well. */
function contextOf(result: VersionGet<unknown> | VersionPut<unknown>): string {
  if (result.status === "behind") throw new Error(`behind: ${result.hint}`);
  return result.context;
}

function valuesOf<V>(result: VersionGet<V>): readonly V[] {
  if (result.status !== "ok") throw new Error(`behind: ${result.hint}`);
  return result.values;
}

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
});
