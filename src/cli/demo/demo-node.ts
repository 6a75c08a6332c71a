/** One node process of the demonstration; `demo-process.ts` forks it. */

import type { HearsayNode, NodeOptions, Topic } from "../../agent/node.ts";
import { HearsayError } from "../../core/errors.ts";
import {
  type DemoNodeSetup,
  type Order,
  type Report,
  rumourTopic,
  sharedNow,
} from "./demo.messages.ts";
import { demoSwim } from "./demo.options.ts";

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function report(message: Report): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

interface Started {
  readonly node: HearsayNode;
  readonly adminUrl?: string;
}

async function start(setup: DemoNodeSetup): Promise<Started> {
  const options: NodeOptions = {
    name: setup.name,
    bind: "127.0.0.1:0",
    profile: "local",
    swim: demoSwim,
    logger: quiet,
  };
  if (setup.admin === undefined) {
    const { startNode } = await import("../../agent/node.ts");
    return { node: await startNode(options) };
  }
  const { runAgent } = await import("../../agent/run-agent.ts");
  const run = (admin: string) => runAgent({ node: options, admin, logger: quiet });
  try {
    return await run(setup.admin);
  } catch (error) {
    if (!(error instanceof HearsayError) || error.code !== "BIND_FAILED") throw error;
    // The usual port is taken, perhaps by an agent in earnest: any other will do.
    return await run("127.0.0.1:0");
  }
}

function reportStatuses(node: HearsayNode): void {
  const statuses = [...node.members].map(({ name, status }) => [name, status] as const);
  report({ kind: "statuses", at: sharedNow(), statuses: Object.fromEntries(statuses) });
}

function obey(node: HearsayNode, topic: Topic<string, string>, order: Order): void {
  switch (order.kind) {
    case "join":
      node.join(order.address).catch(reportFailure);
      return;
    case "publish":
      report({ kind: "published", at: sharedNow() });
      topic.publish(order.text).catch(reportFailure);
      return;
    case "stop":
      process.exit(0);
  }
}

function reportFailure(error: unknown): void {
  const code = error instanceof HearsayError ? error.code : "INTERNAL";
  report({ kind: "failed", code, message: error instanceof Error ? error.message : String(error) });
}

async function main(): Promise<void> {
  // Whatever ends the demonstration, even SIGKILL, closes this channel: nobody is left behind.
  process.on("disconnect", () => process.exit(0));
  // Ctrl-C reaches the whole group of processes; the demonstration decides what it means.
  process.on("SIGINT", () => {});
  const setup = JSON.parse(process.argv[2] ?? "{}") as DemoNodeSetup;
  const { node, adminUrl } = await start(setup);
  const topic = node.topic<string>(rumourTopic);
  topic.subscribe(({ value }) => report({ kind: "arrived", at: sharedNow(), text: String(value) }));
  node.members.on(() => reportStatuses(node));
  process.on("message", (order: Order) => obey(node, topic, order));
  const admin = adminUrl === undefined ? {} : { adminUrl };
  report({ kind: "listening", address: node.address, ...admin });
  reportStatuses(node);
}

main().catch((error: unknown) => {
  reportFailure(error);
  process.exitCode = 1;
  process.disconnect?.();
});
