import { afterEach, expect, test } from "vitest";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import { raft } from "../node.ts";
import type { Agent } from "../run-agent.ts";
import type { OrderAnswer, OrderedNamesAnswer } from "./order.messages.ts";
import { asked, startAgents } from "./routes-rig.ts";

let agents: Agent[] = [];

afterEach(async () => {
  await Promise.all(agents.map((agent) => agent.stop()));
});

test("the leader tells how far the others are, who know only of themselves", async () => {
  const voters = ["p1", "p2", "p3"];
  const orderer = raft({ voters, storage: "memory" });
  agents = await startAgents(memoryNetwork(), voters, { orderer });
  await Promise.all(agents.map(({ node }) => node.order.ready()));
  expect(await asked(agents[0]!, "/v1/status")).toMatchObject({ order: "raft" });
  const body = { value: "first" };
  await asked(agents[0]!, "/v1/order/logs/orders", { method: "POST", body });
  const orders = () => Promise.all(agents.map((agent) => asked<OrderAnswer>(agent, "/v1/order")));
  const isEven = async (): Promise<boolean> => {
    const told = await orders();
    const followers = told.flatMap(({ log }) => log?.followers ?? []);
    const last = told.find(({ isLeader }) => isLeader)?.log?.commitIndex;
    return followers.length === 2 && followers.every(({ matchIndex }) => matchIndex === last);
  };
  await expect.poll(isEven).toBe(true);
  const [leading] = (await orders()).filter(({ log }) => log?.followers !== undefined);
  expect(leading).toMatchObject({ isLeader: true, log: { firstIndex: 1 } });
  const followers = leading?.log?.followers ?? [];
  const others = voters.filter((name) => name !== leading?.leader);
  expect(followers.map(({ name }) => name).sort()).toEqual(others);
  for (const one of followers) expect(one).toMatchObject({ role: "voter", sending: "replicate" });
  expect(leading?.log?.lastIndex).toBeGreaterThan(1);
});

test("logs and ledgers are named, on nodes too that have not opened them", async () => {
  const voters = ["p1", "p2", "p3"];
  const orderer = raft({ voters, storage: "memory" });
  agents = await startAgents(memoryNetwork(), voters, { orderer });
  await Promise.all(agents.map(({ node }) => node.order.ready()));
  await asked(agents[0]!, "/v1/order/logs/orders", { method: "POST", body: { value: 1 } });
  for (const agent of agents) await asked(agent, "/v1/ledgers/audit");
  await asked(agents[0]!, "/v1/ledgers/audit", { method: "POST", body: { value: 1 } });
  const names = async (path: string) => (await asked<OrderedNamesAnswer>(agents[2]!, path)).names;
  await expect.poll(() => names("/v1/order/logs")).toEqual(["orders"]);
  expect(await names("/v1/ledgers")).toEqual(["audit"]);
});
