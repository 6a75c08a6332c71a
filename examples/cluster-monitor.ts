/**
 * Each node measures itself and tells the others; all know what it comes to, agree on who is dead,
 * and one of them raises the alarm. No node collects anything.
 */
import { type HearsayNode, startNode } from "hearsay";

const queues = new Map<string, number>();
const started: HearsayNode[] = [];
for (const name of ["a", "b", "c"]) {
  const join = started.slice(0, 1).map(({ address }) => address);
  // Eight rounds a second instead of one: an example should not take long.
  const monitor = { roundIntervalMs: 125, sampleIntervalMs: 250, safetyRoundsCount: 20 };
  const options = { name, join, joinMin: join.length, bind: "127.0.0.1:0", monitor };
  const node = await startNode(options);
  started.push(node);
  queues.set(name, 10);
  node.monitor.register({
    name: "queue",
    unit: "",
    kind: "gauge",
    read: () => queues.get(name),
  });
  const rule = { name: "long queues", sensor: "queue", of: "sum", above: 100, clear: 50 } as const;
  node.monitor.alert(rule, ({ firedBy, id, state, value }) => {
    console.log(`${id.split("@")[0]} ${state} by ${firedBy} at ${value}`);
  });
}
const [first, , last] = started;
if (first === undefined || last === undefined) throw new Error("three nodes");

/** Until it is known here. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}
const total = () => first.monitor.aggregates().find(({ name }) => name === "queue");
const verdictOf = (name: string) =>
  first.monitor.members().find((member) => member.name === name)?.verdict;

await until(() => total()?.count === 3);
console.log("all queues:", total()?.sum, "longest:", total()?.max);

queues.set("b", 200);
await until(() => first.monitor.alerts()[0]?.firedBy !== undefined);
queues.set("b", 10);
await until(() => first.monitor.alerts().length === 0);

// To the others this is a crash: no goodbye is said.
await last.stop();
await until(() => verdictOf("c") === "dead");
console.log("c is dead, as all who watch it agree; queues:", total()?.sum);

await Promise.all(started.map((node) => node.stop()));
