/** A node in a process of its own, to be killed: node answering-process.ts NAME JOIN */
import { startNode } from "../../src/index.ts";

const [name = "p2", join = ""] = process.argv.slice(2);
const node = await startNode({ name, bind: "127.0.0.1:0", join: [join], joinMin: 1 });
node.topic<string, "Ask", string>("Ask").onRequest((value) => {
  if (value === "wait") return new Promise<string>(() => {});
  return `${process.pid} heard ${value}`;
});
console.log(process.pid);
