/**
 * Ask all nodes at once, and know what became of it at each: how much disk is left where, which
 * lines of whose log say "error", and whether a flag has arrived everywhere before anybody acts.
 */
import { type HearsayNode, startNode } from "hearsay";
import { z } from "zod";

const started: HearsayNode[] = [];
for (const [index, name] of ["a", "b", "c"].entries()) {
  const join = started.slice(0, 1).map(({ address }) => address);
  const tags = { role: index === 0 ? "web" : "db" };
  const options = { name, join, joinMin: join.length, tags, infos: {}, bind: "127.0.0.1:0" };
  started.push(await startNode(options));
}
await Promise.all(started.map((node) => node.settled()));
const [a] = started;
if (a === undefined) throw new Error("three nodes, and so a first one");

const schema = z.object({ path: z.string() });
const reply = z.object({ freeBytes: z.number() });
const diskFree = (node: HearsayNode) => node.queries.define("disk-free", { schema, reply });
for (const [index, node] of started.entries()) {
  diskFree(node).handle(({ path }) => {
    if (index === 2) throw new Error(`${path} is not mounted`);
    return { freeBytes: 1_000_000 * (index + 1) };
  });
  // As many answers as there are lines, as fast as they are read.
  node.queries.define<string, string>("grep").handle(async function* (word, { signal }) {
    for (const line of [`${node.name} began`, `error 1 on ${node.name}`, "error 2"]) {
      if (!signal.aborted && line.includes(word)) yield line;
    }
  });
}

const run = a.query(diskFree(a), { path: "/data" }, { tags: { role: "^db$" } });
for await (const answer of run) {
  if (answer.kind === "answer") console.log(`${answer.from}: ${answer.value.freeBytes} bytes free`);
  else console.log(`${answer.from} ${answer.reason}: ${answer.detail}`);
}
for (const { name, outcome } of (await run.summary()).members) console.log(`  ${name}: ${outcome}`);

const lines: string[] = [];
for await (const line of a.query("grep", "error")) {
  if (line.kind === "answer") lines.push(`${line.from} ${line.number}: ${String(line.value)}`);
}
console.log(lines.sort().join("\n"));

await a.infos.set("maintenance", true);
const certificate = await a.infos.everywhere("maintenance", { timeoutMs: 10_000 });
console.log(
  "everywhere:",
  certificate.evidence.map(({ name, how }) => `${name} (${how})`).join(" "),
);

await Promise.all(started.map((node) => node.stop()));
