import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type HearsayNode, startNode } from "../../src/index.ts";
import { etcd } from "../../src/orderer/etcd.ts";
import { EtcdCluster } from "./etcd-cluster.ts";
import { requireInCi } from "./requirements.ts";
import { waitUntil } from "./waiting.ts";

const missing = requireInCi("etcd");
const names = ["p1", "p2", "p3"];

describe.skipIf(missing !== undefined)(
  `nodes with their order in etcd (${missing ?? "there"})`,
  () => {
    it("order a log and lock, while a member of etcd dies and comes back", async () => {
      const cluster = await EtcdCluster.start();
      const folder = mkdtempSync(join(tmpdir(), "hearsay-etcd-nodes-"));
      const nodes: HearsayNode[] = [];
      try {
        for (const name of names) nodes.push(await start(name, nodes[0], { cluster, folder }));
        const heard = nodes.map((node) => {
          const values: string[] = [];
          void read(node, values);
          return values;
        });
        await Promise.all(nodes.map((node) => node.order.ready({ timeoutMs: 40_000 })));
        const status = nodes[0]?.order.status();
        expect(status).toMatchObject({
          engine: "etcd",
          group: "main",
          state: "running",
          voters: names,
        });
        await appendAll(nodes, "before");
        await cluster.kill(1);
        await appendAll(nodes, "meanwhile");
        const tokens: number[] = [];
        for (const node of nodes) {
          await using held = await node.lock("one at a time").acquire({ timeoutMs: 40_000 });
          tokens.push(held.token);
        }
        expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
        cluster.restart(1);
        await appendAll(nodes, "after");
        await waitUntil("all to be heard", 40_000, () =>
          heard.every(({ length }) => length === 90),
        );
        for (const values of heard) expect(values).toEqual(heard[0]);
      } finally {
        await Promise.all(nodes.map((node) => node.stop()));
        await cluster.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  },
);

interface Place {
  readonly cluster: EtcdCluster;
  readonly folder: string;
}

function start(name: string, first: HearsayNode | undefined, place: Place): Promise<HearsayNode> {
  return startNode({
    name,
    bind: "127.0.0.1:0",
    profile: "local",
    join: first === undefined ? [] : [first.address],
    dataDir: join(place.folder, name),
    orderer: etcd({ hosts: place.cluster.hosts, voters: names }),
  });
}

async function appendAll(nodes: readonly HearsayNode[], what: string): Promise<void> {
  await Promise.all(
    nodes.map(async (node) => {
      const log = node.orderedLog<string>("orders");
      for (let count = 0; count < 10; count += 1) await log.append(`${node.name} ${what} ${count}`);
    }),
  );
}

async function read(node: HearsayNode, values: string[]): Promise<void> {
  for await (const entry of node.orderedLog<string>("orders").subscribe({ from: "start" })) {
    if ("value" in entry) values.push(String(entry.value));
  }
}
