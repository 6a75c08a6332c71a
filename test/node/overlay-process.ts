/** A node on HyParView in a process of its own, to be killed: node overlay-process.ts NAME JOIN */
import { startNode } from "../../src/index.ts";
import { calmSwim } from "./cluster.ts";

const [name = "p2", join = ""] = process.argv.slice(2);
const node = await startNode({
  name,
  bind: "127.0.0.1:0",
  join: [join],
  joinMin: 1,
  overlay: "hyparview",
  hyparview: { neighborTimeoutMs: 5_000 },
  swim: calmSwim,
});
const heard = node.topic<string>("heard", { via: "plumtree" });
heard.subscribe(() => {});
node
  .topic<string>("news", { via: "plumtree" })
  .subscribe(({ value }) => void heard.publish(`${name} ${value}`));
console.log(process.pid);
