/**
 * How busy is the cluster? No node asks the others: each says its number to one neighbour a round,
 * and all of them come to know the average, the sum, the greatest, and how far off they may be.
 */
import { type HearsayNode, startNode } from "hearsay";

const started: HearsayNode[] = [];
for (const name of ["a", "b", "c", "d", "e"]) {
  const join = started.slice(0, 1).map(({ address }) => address);
  const options = { name, join, joinMin: join.length, bind: "127.0.0.1:0" } as const;
  // Four rounds a second instead of two: an example should not take long.
  started.push(await startNode({ ...options, aggregates: { roundIntervalMs: 250 } }));
}

/** In earnest: `() => os.loadavg()[0]`. */
const loads = new Map(started.map(({ name }, index) => [name, 0.2 * (index + 1)]));
const aggregates = started.map((node) =>
  node.aggregate("load", () => loads.get(node.name), { range: [0, 100] }),
);
const [first] = aggregates;
if (first === undefined) throw new Error("five nodes, and so five aggregates");
for (const [index, aggregate] of aggregates.entries()) {
  for (let hits = 0; hits <= index; hits += 1) aggregate.hit("/checkout");
  aggregate.hit(`/only/here/${index}`);
}

/** Until the estimate says itself that it is as good as that. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 50));
}
const isNear = (value: number | undefined, truth: number): boolean =>
  value !== undefined && Math.abs(value - truth) < 0.001;

await until(() => isNear(first.average()?.value, 0.6) && isNear(first.count()?.value, 5));
await until(() => first.max()?.value === 1 && first.max()?.errorBound === 0);
console.log("average load:", first.average()?.value.toFixed(2));
console.log("nodes:", first.count()?.value.toFixed(1), "greatest load:", first.max()?.value);

// Nobody begins anew when a number changes.
loads.set("e", 6);
await until(() => isNear(first.average()?.value, 1.6) && first.max()?.value === 6);
console.log("e is busy, average load:", first.average()?.value.toFixed(2));

await until(() => first.top(1)?.value[0]?.atLeast === 15);
console.log("most frequent:", first.top(1)?.value[0]);
await until(() => Math.round(first.distinct()?.value ?? 0) === 6);
console.log("different paths:", Math.round(first.distinct()?.value ?? 0));

await Promise.all(started.map((node) => node.stop()));
