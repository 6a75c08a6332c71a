/** A rumour in ten lines: one of three nodes publishes. Run: npx tsx examples/rumour.ts */
import { startNode } from "hearsay";

const signal = AbortSignal.timeout(15_000);
const first = await startNode({ name: "first", bind: "127.0.0.1:0", signal });
const join = [first.address];
const second = await startNode({ name: "second", bind: "127.0.0.1:0", join, joinMin: 1, signal });
const third = await startNode({ name: "third", bind: "127.0.0.1:0", join, joinMin: 1, signal });
await third.settled({ signal });

const rumours = second.topic<string>("rumour").subscribe({ signal });
await third.topic<string>("rumour").publish("they say it works");

for await (const { value, from, dot } of rumours) {
  console.log(`second heard from ${from}: ${value} (${dot.origin}, number ${dot.seq})`);
  break;
}
await Promise.all([first, second, third].map((node) => node.stop()));
