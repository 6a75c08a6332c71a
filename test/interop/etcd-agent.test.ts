/** The settings of an agent that name an etcd, against a real one that speaks TLS alone. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadedOptionsOf } from "../../src/agent/config/agent-options.ts";
import { loadConfig } from "../../src/agent/config/load-config.ts";
import { startNode } from "../../src/index.ts";
import { EtcdCluster } from "./etcd-cluster.ts";
import { requireInCi } from "./requirements.ts";

const missing = requireInCi("etcd");

it.skipIf(missing !== undefined)("an agent's file names an etcd, and whom to trust", async () => {
  const cluster = await EtcdCluster.start({ membersCount: 1, tls: "self-signed" });
  const folder = mkdtempSync(join(tmpdir(), "hearsay-etcd-agent-"));
  try {
    const etcdCaFile = join(folder, "ca.pem");
    writeFileSync(etcdCaFile, cluster.certificate(0));
    const file = join(folder, "agent.json");
    const order = { voters: ["a"], etcdHosts: cluster.hosts, etcdCaFile };
    const dataDir = join(folder, "a");
    writeFileSync(file, JSON.stringify({ name: "a", bind: "127.0.0.1:0", dataDir, order }));
    const { config } = loadConfig({ file, environment: {}, flags: new Map() });
    await using node = await startNode(await loadedOptionsOf(config));
    await node.order.ready({ timeoutMs: 40_000 });
    expect(node.order.status()).toMatchObject({ engine: "etcd", state: "running", leader: "a" });
    const written = await node.orderedLog<string>("orders").append("by etcd");
    expect(written.dot.seq).toBe(1);
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
