/** Merging is commutative, associative and idempotent, whatever was written. [spec §4, §14] */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import type { VersionTree } from "./version-tree.ts";
import { rig, send, stateText } from "./version-tree-rig.ts";

const names = ["a", "b", "c"] as const;
const keys = ["x", "y"] as const;

const step = fc.record({
  kind: fc.constantFrom("put", "put", "put", "delete", "send", "cutSend"),
  who: fc.nat(2),
  other: fc.nat(2),
  key: fc.constantFrom(...keys),
  /** Whose earlier read the author writes with: an old one is stale. */
  readAge: fc.nat(6),
});
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
const history = fc.array(step, { maxLength: 40 });
const conflicts = fc.constantFrom("reject-stale" as const, "siblings" as const);

interface Played {
  readonly trees: readonly VersionTree[];
  /** Values of acknowledged writes, with what each had seen. */
  readonly acknowledged: { key: string; value: number; seen: Set<number> }[];
}

/** Three replicas after some history of writes, deletions and messages. */
function play(steps: readonly Step[], conflict: "reject-stale" | "siblings"): Played {
  const trees = names.map((name) => rig(makeOrigin(name, 1), { conflict }).tree);
  const reads: ReturnType<VersionTree["read"]>[] = [];
  const acknowledged: Played["acknowledged"] = [];
  const shown = (read: ReturnType<VersionTree["read"]>) =>
    new Set(read.values.map(({ update }) => update.value?.[0] ?? -1));
  for (const { kind, key, other, readAge, who } of steps) {
    const [tree, peer] = [trees[who], trees[other]];
    if (tree === undefined || peer === undefined) throw new Error("no such tree");
    if (kind === "send" || kind === "cutSend") {
      send(tree, peer, kind === "send" ? 2 ** 40 : 1);
      continue;
    }
    reads.push(tree.read(key));
    const read = reads[Math.max(0, reads.length - 1 - readAge)] ?? tree.read(key);
    const isOfKey = read.values.every(({ update }) => update.key === key);
    const context = isOfKey && read.values.length > 0 ? read.context : new DotSet();
    if (kind === "delete") tree.delete(key, { context });
    else {
      const value = acknowledged.length;
      const write = tree.put(key, Uint8Array.of(value), { context });
      const seen = context.isEmpty ? new Set<number>() : shown(read);
      if (write.status === "ok") acknowledged.push({ key, value, seen });
    }
  }
  return { trees, acknowledged };
}

/** A replica that was given all of each of `trees`, in that order. */
function merged(trees: readonly VersionTree[]): string {
  const { tree } = rig(makeOrigin("fresh", 1));
  for (const one of trees) send(one, tree);
  return `${stateText(tree)} ${tree.seen.hash()}`;
}

describe("merging", () => {
  it("does not depend on who comes first, in what groups, or how often", () => {
    fc.assert(
      fc.property(history, conflicts, (steps, conflict) => {
        const [x, y, z] = play(steps, conflict).trees;
        if (x === undefined || y === undefined || z === undefined) throw new Error("three");
        const all = merged([x, y, z]);
        for (const order of [
          [z, y, x],
          [y, x, z],
          [x, x, y, z, y],
        ]) {
          expect(merged(order)).toBe(all);
        }
        // (x ⊔ y) ⊔ z and x ⊔ (y ⊔ z)
        send(y, z);
        expect(merged([x, z])).toBe(all);
        send(x, y);
        expect(merged([y, z])).toBe(all);
      }),
      { numRuns: 150 },
    );
  });

  it("leaves heads of which none has seen another", () => {
    fc.assert(
      fc.property(history, conflicts, (steps, conflict) => {
        for (const tree of play(steps, conflict).trees) {
          for (const key of tree.keys()) {
            const heads = tree.headsOf(key);
            for (const { update } of heads) {
              expect(heads.some(({ dot }) => update.parents.has(dot))).toBe(false);
            }
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("loses no acknowledged write: it stands, or somebody who saw it wrote or deleted", () => {
    fc.assert(
      fc.property(
        // Without deletions, so that every successor is a value.
        fc.array(
          step.filter(({ kind }) => kind !== "delete"),
          { maxLength: 40 },
        ),
        conflicts,
        (steps, conflict) => {
          const { acknowledged, trees } = play(steps, conflict);
          const { tree } = rig(makeOrigin("fresh", 1));
          for (const one of trees) send(one, tree);
          const dominated = new Set(acknowledged.flatMap(({ seen }) => [...seen]));
          for (const { key, value } of acknowledged) {
            const stands = tree.read(key).values.some(({ update }) => update.value?.[0] === value);
            expect(stands || dominated.has(value)).toBe(true);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
