/** Topics in causal order, on whole nodes in virtual time. */
import { describe, expect, test } from "vitest";
import type { Via } from "../../src/index.ts";
import { CausalTown } from "./causal-town.ts";

const ways: readonly Via[] = ["piggyback", "plumtree", "rumor"];

function wayOf(name: string): Via {
  return ways[Number(name.slice(1)) % ways.length] ?? "piggyback";
}

describe("a causal group", () => {
  test.each([1, 2, 3, 4])(
    "with a past hears nothing before its cause, and all of it (seed %i)",
    async (seed) => {
      const town = await CausalTown.open({
        seed,
        nodesCount: 6,
        topics: { talk: { history: {} }, votes: { history: {} } },
        viaOf: wayOf,
      });
      await using cluster = town.cluster;
      cluster.lose(0.3);
      cluster.reorder(0.5, 300);
      cluster.duplicate(0.1);
      await town.talk(60);
      cluster.partition(["n1", "n2"], ["n3", "n4", "n5", "n6"]);
      await town.talk(40);
      cluster.heal();
      await cluster.runForMs(40_000);
      expect(town.outOfOrder()).toEqual([]);
      for (const name of cluster.names) {
        expect(town.missedBy(name)).toEqual([]);
        expect(cluster.app(name).gaps).toEqual([]);
      }
    },
    30_000,
  );
});
