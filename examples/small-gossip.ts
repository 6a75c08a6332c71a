/** Gossip in ten lines, without a cluster to set up. Run: npx tsx examples/small-gossip.ts */
import { config } from "hearsay/gossip";

const ann = config<string>("127.0.0.1", 0, "ann");
const bob = config<string>("127.0.0.1", 0, "bob");
const cat = config<string>("127.0.0.1", 0, "cat");
const place = await ann.gossip.listening();
await Promise.all([bob, cat].map(({ gossip }) => gossip.join(place)));

await bob.gossip.sendGossip("they say it works");
for await (const { author, data } of ann.receive) {
  console.log(`ann heard from ${author}: ${data}`);
  await ann.gossip.sendGossip(`${author} is right`);
  break;
}
for await (const { author, data, version, vectorClock } of cat.receive) {
  const clock = [...vectorClock].map(([origin, count]) => `${origin.split("#")[0]} ${count}`);
  console.log(`cat heard from ${author}, number ${version}: ${data} (${clock.join(", ")})`);
  if (author === "ann") break;
}
const known = cat.gossip.currentView().map(({ id }) => id);
console.log(`cat knows ${known.sort().join(" and ")}, ${cat.gossip.population} in all`);
await Promise.all([ann, bob, cat].map(({ gossip }) => gossip.stop()));
