/** A process that wishes to lead, and says what it is: NAMESPACE HOST… Ends by SIGTERM. */
import { startEtcdNode } from "./etcd-nodes.ts";

/** Longer than a lease: who stood still for so long, whatever made it so, leads no more. */
const PAUSE_MS = 3_000;
const LOOK_MS = 20;

const [namespace = "", ...hosts] = process.argv.slice(2);
const options = { leaseTtlMs: 2_000, callTimeoutMs: 1_500 };
const node = await startEtcdNode({ name: "holder", hosts, namespace, options });
let lastMs = performance.now();
let wasLeader = false;

const timer = setInterval(() => {
  const { isLeader, term } = node.orderer.status;
  const nowMs = performance.now();
  // The first thing that it does: before it has read anything from a socket.
  if (nowMs - lastMs > PAUSE_MS) console.log(`paused ${isLeader ? "leader" : "none"}`);
  if (isLeader && !wasLeader) console.log(`leader ${term}`);
  wasLeader = isLeader;
  lastMs = nowMs;
}, LOOK_MS);

process.on("SIGTERM", () => {
  clearInterval(timer);
  void node.end("stopped");
});
