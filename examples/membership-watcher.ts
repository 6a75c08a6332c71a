/**
 * Watches who comes, fails and leaves, and asks why. Run: npx tsx examples/membership-watcher.ts
 */
import { type NodeOptions, startNode } from "hearsay";

const signal = AbortSignal.timeout(25_000);
// Faster than the defaults, which suit a data centre, so that the example does not make you wait.
const fast: NodeOptions = {
  bind: "127.0.0.1:0",
  signal,
  swim: { probeIntervalMs: 200, probeTimeoutMs: 100, suspicionMultiplier: 2 },
};

const watcher = await startNode({ ...fast, name: "watcher" });
const events = watcher.members.events({ signal });
const join = [watcher.address];
const steady = await startNode({ ...fast, name: "steady", join, joinMin: 1, tags: { role: "db" } });
const doomed = await startNode({ ...fast, name: "doomed", join, joinMin: 1 });
const polite = await startNode({ ...fast, name: "polite", join, joinMin: 1 });
await watcher.settled({ signal });

console.log("members:");
for (const { name, address, status, tags } of watcher.members) {
  console.log(`  ${name} at ${address} is ${status} ${JSON.stringify(tags)}`);
}

await doomed.stop(); // without a word, as in a crash
await polite.leave(); // with a goodbye

const ends = new Set(["doomed", "polite"]);
for await (const { kind, member } of events) {
  console.log(`${kind}: ${member.name} (${member.status})`);
  if (kind === "fail" || kind === "leave") ends.delete(member.name);
  if (ends.size === 0) break;
}

console.log("why doomed has failed:");
for (const { at, text } of watcher.members.why("doomed")) {
  console.log(`  ${new Date(at).toISOString().slice(11, 23)} ${text}`);
}
await Promise.all([watcher.stop(), steady.stop()]);
