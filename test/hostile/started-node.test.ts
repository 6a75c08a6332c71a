/** A node as users start it, attacked over a network, goes on serving those who mean well. */
import { afterEach, expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import type { HearsayNode } from "../../src/node/api.ts";
import { startNode } from "../../src/node/start-node.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { fastSwim, until } from "../node/cluster.ts";
import { doors, packetThrough, streamThrough } from "./doors.ts";
import { Mutator } from "./mutation/mutator.ts";

const COUNT = 4_000;
const MESSAGES_MAX = 80;
const key = Buffer.alloc(16, 1).toString("base64");
const nodes: HearsayNode[] = [];
afterEach(() => Promise.all(nodes.splice(0).map((node) => node.stop())));

it.each([
  ["with an open door", doors.open, {}],
  ["with a label and keys", doors.both, { label: "blue", keys: [key] }],
] as const)(
  "a started node %s outlives an attack, and is joined after it",
  async (_, door, guard) => {
    const network = memoryNetwork({ packetsMaxCount: 100_000 });
    const start = async (name: string, join: readonly string[]): Promise<HearsayNode> => {
      const node = await startNode({
        name,
        bind: "10.0.0.1:0",
        transport: network,
        join,
        swim: fastSwim,
        ...guard,
      });
      nodes.push(node);
      return node;
    };
    const attacked = await start("us", []);
    const [host = "", port = "0"] = attacked.address.split(":");
    const to = { host, port: Number(port) };
    const attacker = network.create();
    const deaf = { onBytes: () => {}, onClose: () => {} };
    await attacker.bind(
      { host: "10.9.9.9", port: 0 },
      { onPacket: () => {}, onStream: () => deaf, onTransportError: () => {} },
    );
    const mutator = new Mutator(77);
    const random = new Random(77);
    for (let at = 0; at < COUNT; at += 1) {
      if (at % 10 === 9) {
        const stream = attacker.dial(to, 500, deaf);
        stream.write(streamThrough(door, mutator.make("stream", at).bytes, random).acceptor);
        if (random.chance(0.5)) stream.end();
      } else {
        attacker.sendPacket(to, packetThrough(door, mutator.make("packet", at).bytes, random));
      }
      if (at % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    const good = await start("newcomer", [attacked.address]);
    const isAlive = (node: HearsayNode, name: string) => node.members.get(name)?.status === "alive";
    await until(
      "both to see each other",
      () => isAlive(attacked, "newcomer") && isAlive(good, "us"),
    );
    const heard: unknown[] = [];
    good.topic("T", {}).subscribe((message) => void heard.push(message));
    // Through the open door came members that nobody is behind, and they get copies too: a single
    // message has but so many, so one may miss the newcomer.
    const news = attacked.topic("T", {});
    for (let count = 0; count < MESSAGES_MAX && heard.length === 0; count += 1) {
      await news.publish(`still here ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(heard.length).toBeGreaterThan(0);
    await attacker.close();
  },
);
