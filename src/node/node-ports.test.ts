import { expect, test } from "vitest";
import { HearsayError } from "../core/errors.ts";
import { peerId } from "../core/peer.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { NodeCounters } from "./counters.ts";
import { party } from "./host/host-rig.ts";
import { nodePorts } from "./node-ports.ts";
import { QuietLog } from "./quiet-log.ts";

/** Ports of a node that is as stopped as `isStopped` says, while its host goes on. */
async function stoppable() {
  const { host } = await party(memoryNetwork().create(), { self: peerId("a"), seed: 1 });
  const node = { isStopped: false };
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const checkRunning = (): void => {
    if (node.isStopped) throw new HearsayError("NODE_STOPPED", "node a was stopped");
  };
  const quietLog = new QuietLog(logger, () => host.now());
  return { host, node, ports: nodePorts(host, new NodeCounters(), { checkRunning, quietLog }) };
}

test("a timer that fires while its node is being stopped throws nothing", async () => {
  const { host, node, ports } = await stoppable();
  const done: string[] = [];
  const fired = new Promise<void>((resolve) => {
    ports.timers.startTimer(() => ports.step(() => done.push("while it runs")), 1);
    ports.timers.startTimer(() => {
      node.isStopped = true;
      setTimeout(resolve, 20);
      ports.timers.startTimer(() => ports.step(() => done.push("while it is stopped")), 1);
    }, 5);
  });
  await fired;
  expect(done).toEqual(["while it runs"]);
  expect(() => ports.step(() => {})).toThrow("was stopped");
  await host.stop();
});
