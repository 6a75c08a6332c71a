import { afterEach, expect, test } from "vitest";
import { nodeOptionsOf } from "../agent/config/agent-options.ts";
import type { AgentConfig } from "../agent/config/settings.ts";
import { type Agent, runAgent } from "../agent/run-agent.ts";
import { runAt, silent } from "./agents-rig.ts";

const infoCluster = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

const agents: Agent[] = [];

afterEach(async () => {
  await Promise.all(agents.splice(0).map((agent) => agent.stop()));
});

async function start(config: AgentConfig): Promise<Agent> {
  const node = nodeOptionsOf({ bind: "127.0.0.1:0", ...config });
  const agent = await runAgent({ node, admin: "127.0.0.1:0", logger: silent });
  agents.push(agent);
  return agent;
}

const info = (agent: Agent, ...args: readonly string[]) => runAt(agent, ["info", ...args]);

test("agents whose infos travel by gRPC tell of the network", async () => {
  const listen = { "infoNetwork.listen": "127.0.0.1:0" };
  const first = { ...listen, "infoNetwork.id": 1, "infoNetwork.cluster": infoCluster };
  const one = await start(first);
  const resolvers = [one.node.infoNetwork.address];
  const second = { ...listen, "infoNetwork.id": 2, "infoNetwork.resolvers": resolvers };
  const two = await start(second);
  await info(one, "set", "k", '{"a":1}');
  while ((await info(two, "get", "k")).out !== '{"a":1}\n') await new Promise(setImmediate);
  while ((await info(one, "get", "node:2")).code !== 0) await new Promise(setImmediate);

  const { out } = await info(one, "status");
  expect(out).toContain(`node 1 at ${resolvers[0]} is connected\n`);
  expect(out).toContain(`cluster  ${infoCluster}\n`);
  expect(out).toContain("sentinel held here\n");
  expect(out.split("\n").map((line) => line.split(/ {2,}/).slice(0, 2))).toContainEqual([
    "in",
    "2",
  ]);
  const report = JSON.parse((await info(two, "status", "--json")).out);
  expect(report).toMatchObject({
    nodeId: 2,
    clusterId: infoCluster,
    condition: "connected",
    connectivity: { sentinelNodeId: 1 },
    outgoing: [{ nodeId: 1 }],
  });
  expect(BigInt(report.highWaterStamps[1])).toBeGreaterThan(10n ** 18n);
  const listed = JSON.parse((await info(two, "ls", "k", "--json")).out);
  expect(listed.infos).toMatchObject([{ key: "k", from: "n1", path: { nodeId: 1, hops: 1 } }]);

  const held = JSON.parse((await info(two, "sentinel", "hold", "--json")).out);
  expect(held).toMatchObject({ sentinel: "hold", connectivity: { sentinelNodeId: 2 } });
  await info(one, "sentinel", "follow");
  expect((await info(two, "sentinel", "follow")).out).not.toContain("held here");
});

test("what is asked of the wrong agent, or half, is said", async () => {
  const gossiping = await start({});
  const asked = await info(gossiping, "status");
  expect(asked).toMatchObject({ code: 2, out: "" });
  expect(asked.err).toMatch(/CONFIG_OPTION.*travel by gossip here/);
  expect(await info(gossiping, "sentinel", "maybe")).toMatchObject({ code: 2 });
  expect(() => nodeOptionsOf({ "infoNetwork.id": 1 })).toThrow(/USAGE.*--info-listen/);
  const listenOnly = { "infoNetwork.listen": "127.0.0.1:0" };
  expect(() => nodeOptionsOf(listenOnly)).toThrow(/USAGE.*--info-id/);
});
