/** A node in a process of its own, for tests that kill it. Prints a line once it has joined. */
import { startNode } from "../../src/index.ts";

const seed = process.argv[2];
if (seed === undefined) throw new Error("usage: victim.ts HOST:PORT");
await startNode({ name: "victim", bind: "127.0.0.1:0", join: [seed], joinMin: 1 });
console.log("joined");
