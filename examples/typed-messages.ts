/**
 * Two kinds of messages on one stream, told apart by their tag: a `Commit` with bytes in it, and a
 * `Doom` that asks for a reply. What does not satisfy the schema never reaches a reader.
 * Run: npx tsx examples/typed-messages.ts
 */
import { startNode } from "hearsay";
import { z } from "zod";

const Commit = z.object({ key: z.string(), value: z.instanceof(Uint8Array) });
const Doom = z.object({ at: z.date(), odds: z.bigint() });
const Reply = z.object({ to: z.string(), text: z.string() });

const signal = AbortSignal.timeout(15_000);
const alice = await startNode({ name: "alice", bind: "127.0.0.1:0", signal });
const bob = await startNode({
  name: "bob",
  bind: "127.0.0.1:0",
  join: [alice.address],
  joinMin: 1,
  signal,
});
await bob.settled({ signal });

// Bob reads both tags in one loop; the compiler knows each value by its tag.
const bobReads = bob.receive(
  bob.topic("Commit", { schema: Commit }),
  bob.topic("Doom", { schema: Doom }),
);
const replies = bob.topic("Reply", { schema: Reply });
const reading = (async () => {
  const missing = new Set<string>(["Commit", "Doom"]);
  for await (const message of bobReads) {
    missing.delete(message.tag);
    switch (message.tag) {
      case "Commit":
        console.log(`bob: ${message.value.key} = ${message.value.value.join(" ")}`);
        break;
      case "Doom":
        console.log(`bob: doom at ${message.value.at.toISOString()}, odds ${message.value.odds}`);
        await replies.publish({ to: message.from, text: "we are not afraid" });
        break;
    }
    if (missing.size === 0) return;
  }
})();

const aliceHears = alice.topic("Reply", { schema: Reply }).subscribe({ signal });
const commits = alice.topic("Commit", { schema: Commit });
await commits.publish({ key: "Doom", value: Uint8Array.of(0xde, 0xad) });
await commits
  .publish({ key: "bad", value: "not bytes" as never })
  .catch((error: unknown) => console.log(`alice may not send that: ${String(error)}`));
await alice.topic("Doom", { schema: Doom }).publish({ at: new Date(0), odds: 2n ** 70n });

for await (const { from, value } of aliceHears) {
  console.log(`alice: ${from} replies: ${value.text}`);
  break;
}
await reading;
await Promise.all([alice.stop(), bob.stop()]);
