import { expect, onTestFinished, test } from "vitest";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { AdminClient } from "./admin-client.ts";
import { type AgentSetup, runAgent } from "./run-agent.ts";

type Line = readonly [message: string, fields: object | undefined];

class LineLog {
  readonly lines: Line[] = [];

  readonly logger = {
    debug: () => {},
    info: (message: string, fields?: object) => this.take([message, fields]),
    warn: (message: string, fields?: object) => this.take([message, fields]),
    error: () => {},
  };

  async until(message: string): Promise<Line | undefined> {
    const found = () => this.lines.find(([one]) => one === message);
    await expect.poll(() => found(), { message }).toBeDefined();
    return found();
  }

  private take(line: Line): void {
    this.lines.push(line);
  }
}

const rule = { name: "young", sensor: "members", above: 0 } as const;

async function start(setup: Pick<AgentSetup, "alerts" | "node">, log = new LineLog()) {
  const node = { name: "p1", transport: memoryNetwork(), bind: "127.0.0.1:0", ...setup.node };
  const { logger } = log;
  const agent = await runAgent({ ...setup, node, admin: "127.0.0.1:0", logger });
  onTestFinished(() => agent.stop());
  return agent;
}

const sampled = { monitor: { sensors: ["members"], sampleIntervalMs: 20 } } as const;

test("an alert is told by log, on watches and in metrics, until its rule is gone", async () => {
  const log = new LineLog();
  const agent = await start({ node: sampled, alerts: [rule] }, log);
  const client = new AdminClient({ url: agent.adminUrl });
  const watching = client.watch({ topics: [], members: false, events: false, alerts: true });
  expect((await watching.next()).value).toMatchObject({ kind: "ready" });
  const { value: notice } = await watching.next();
  expect(notice).toMatchObject({ kind: "alert", rule: "young", state: "raised" });
  const [, fields] = (await log.until("alert raised")) ?? [];
  expect(fields).toMatchObject({ alert: "young", value: 1 });
  // Whoever comes later is told of it, too.
  const later = client.watch({ topics: [], members: false, events: false, alerts: true });
  await later.next();
  expect((await later.next()).value).toMatchObject({ rule: "young", firedBy: "p1" });
  const page = await (await fetch(`${agent.adminUrl}/metrics`)).text();
  expect(page).toContain('hearsay_monitor_alert_active{rule="young"} 1');
  agent.setAlerts([{ ...rule, name: "other" }]);
  expect(agent.node.monitor.alerts().map((one) => one.rule)).not.toContain("young");
  await watching.return(undefined);
  await later.return(undefined);
});

test("an agent without a monitor says so, and has metrics all the same", async () => {
  const agent = await start({ node: { monitor: "off" } });
  for (const path of ["v1/monitor", "v1/watch?alerts=1"]) {
    const response = await fetch(`${agent.adminUrl}/${path}`);
    expect([response.status, await response.json()]).toMatchObject([409, { code: "MONITOR_OFF" }]);
  }
  const page = await (await fetch(`${agent.adminUrl}/metrics`)).text();
  expect(page).toContain('hearsay_members{status="alive"} 1');
  expect(page).not.toContain("hearsay_monitor_");
  expect(() => agent.setAlerts([rule])).toThrow("MONITOR_OFF");
  expect((await fetch(`${agent.adminUrl}/v1/watch?members=1`, { method: "HEAD" })).status).toBe(
    400,
  );
});
