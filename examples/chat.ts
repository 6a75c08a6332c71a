/**
 * A chat without a server: each process has the whole conversation, a reply never stands before
 * what it answers, and a process that comes late is given what was said.
 * Run: npx tsx examples/chat.ts
 */
import { type HearsayNode, startNode } from "hearsay";
import { z } from "zod";

const Message = z.object({ by: z.string(), text: z.string() });
type Message = z.infer<typeof Message>;

const signal = AbortSignal.timeout(20_000);
const initial: readonly Message[] = [];
const reducer = (said: readonly Message[], message: Message) => [...said, message];
const open = (node: HearsayNode) => node.operations("chat", { schema: Message, reducer, initial });

const first = await startNode({ name: "p1", bind: "127.0.0.1:0", signal });
const join = [first.address];
const start = (name: string) => startNode({ name, bind: "127.0.0.1:0", join, joinMin: 1, signal });
const second = await start("p2");
const [alice, bob] = [open(first), open(second)];

// What alice posts on p1, bob reads on p2: he carries her token there.
const post = await alice.append({ by: "alice", text: "Who has the key?" });
const read = await bob.read({ after: post.after, timeoutMs: 10_000 });
if (read.status !== "ok") throw new Error("p2 has not heard of it");
const reply = await bob.append({ by: "bob", text: "I do." }, { after: read.after });

// Sent twice, through both processes, as a client does that got no answer: it is said once.
const thanks = { by: "alice", text: "Thanks!" };
const once = { id: "alice-2", after: reply.after, ack: "applied" } as const;
await Promise.all([alice.append(thanks, once), bob.append(thanks, once)]);

// carol comes late, and is given the state of one of the others.
const third = await start("p3");
const carol = open(third);
const told = carol.applied({ signal });
const all = await carol.read({ after: reply.after, timeoutMs: 10_000 });
for (const { by, text } of all.state) console.log(`p3 · ${by}: ${text}`);
const order = all.state.map(({ by }) => by).join(" ");
if (all.status !== "ok" || !order.startsWith("alice bob")) throw new Error(`read ${order}`);

await alice.append({ by: "alice", text: "Welcome, carol." });
for await (const { from, operation } of told) {
  console.log(`p3 hears, by way of ${from}: ${operation.text}`);
  if (operation.text.startsWith("Welcome")) break;
}
const texts = carol.state.map(({ text }) => text);
if (texts.filter((text) => text === "Thanks!").length !== 1) throw new Error("said twice");
await Promise.all([first, second, third].map((node) => node.stop()));
