/**
 * A topic that carries much: along a tree, each publisher's messages in order, with a past for who
 * comes late, and what it has cost.
 * Run: npx tsx examples/fast-topic.ts
 */
import { setTimeout } from "node:timers/promises";
import { type HearsayNode, startNode } from "hearsay";
import { z } from "zod";

const COUNT = 2_000;
const signal = AbortSignal.timeout(20_000);
const Reading = z.object({ sensor: z.string(), value: z.number() });

/** Every node opens the topic in the same way. */
function open(node: HearsayNode) {
  return node.topic("Reading", { schema: Reading, via: "plumtree", order: "fifo", history: {} });
}

const first = await startNode({ name: "n1", bind: "127.0.0.1:0", signal });
const nodes = [first];
for (const name of ["n2", "n3", "n4"]) {
  const join = [first.address];
  nodes.push(await startNode({ name, bind: "127.0.0.1:0", join, joinMin: 1, signal }));
}
await Promise.all(nodes.map((node) => node.settled({ signal })));

// Callbacks are the cheapest way to read; they see each publisher's messages in its order.
const readings = nodes.map(open);
const heard = readings.map(
  (topic) =>
    new Promise<void>((resolve) => {
      topic.subscribe(({ dot }) => {
        if (dot.seq === COUNT) resolve();
      });
    }),
);

// Awaiting `publish` is all there is to do about peers that are slower than this loop.
for (let value = 0; value < COUNT; value += 1) {
  await readings[0]?.publish({ sensor: "s1", value });
  // A tree grows out of its first messages: with this, most of them find it grown.
  if (value % 100 === 0) await setTimeout(5);
}
await Promise.all(heard);

await setTimeout(200);
for (const [at, topic] of readings.entries()) {
  const { delivered, duplicates, hops, payloadsSent } = topic.statistics();
  const way = Number.isNaN(hops.mean) ? "its own" : `${hops.mean.toFixed(2)} hops`;
  console.log(
    `n${at + 1}: ${delivered} delivered, ${payloadsSent} sent on, ${duplicates} twice, ${way}`,
  );
}

// Who comes late reads from the start.
const late = await startNode({ name: "late", bind: "127.0.0.1:0", join: [first.address], signal });
let count = 0;
for await (const { value } of open(late).subscribe({ from: "start", signal })) {
  if (value.value !== count) throw new Error(`expected ${count}, got ${value.value}`);
  count += 1;
  if (count === COUNT) break;
}
console.log(`late: ${count} read from the start, in order`);
await Promise.all([...nodes, late].map((node) => node.stop()));
