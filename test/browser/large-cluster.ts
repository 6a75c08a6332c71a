import { FakeNode, fakeMember } from "../../src/agent/fake-node.ts";
import { type Agent, runAgent } from "../../src/agent/run-agent.ts";
import { Random } from "../../src/core/random.ts";
import type { Member, OverlayReport } from "../../src/node/api.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const ACTIVE_COUNT = 5;
const PASSIVE_COUNT = 20;
/** As many as a real agent asks at once. */
const ASKED_COUNT = 128;

/**
 * A real agent, with all its routes, over a node that only pretends: so many members, a few of
 * them in trouble, on an overlay as HyParView grows it. A thousand real nodes need more machines.
 */
export async function startLargeAgent(count: number): Promise<Agent> {
  const fake = new FakeNode("n0001");
  const random = new Random(7);
  const names = Array.from({ length: count }, (_, at) => `n${String(at + 1).padStart(4, "0")}`);
  for (const [at, name] of names.entries()) fake.members.set(name, memberAt(at, name));
  const reports = overlayOf(names, random);
  const overlays = async () => [reports[0]!, ...drawn(reports, random)];
  const overlay = { protocol: "hyparview", ...viewOf(reports[0]!) } as const;
  const view = () => ({ protocol: "swim", size: 12, population: count, peers: [], overlay });
  const node = Object.assign(fake.node, { traces: { follow: async () => [], overlays }, view });
  const startNode = async () => node;
  return runAgent({ node: {}, admin: "127.0.0.1:0", logger: silent, startNode });
}

function memberAt(at: number, name: string): Member {
  const status = at % 97 === 96 ? "failed" : at % 211 === 210 ? "suspect" : "alive";
  const degraded = at % 173 === 172 ? { since: 1, delayMs: 900, gcMs: 40 } : undefined;
  const address = `10.0.${Math.floor(at / 250)}.${(at % 250) + 1}:7946`;
  return fakeMember(name, { status, address, degraded, rttMs: 0.4 + (at % 50) / 10 });
}

function viewOf(report: OverlayReport) {
  if (report.status === "silent") throw new Error("this agent answers itself");
  return { active: report.active, passive: report.passive };
}

/** Links are kept by both; reserves are known to one. */
function overlayOf(names: readonly string[], random: Random): OverlayReport[] {
  const active = names.map(() => new Set<string>());
  for (const [at, name] of names.entries()) {
    while (active[at]!.size < ACTIVE_COUNT - 2) {
      const other = random.below(names.length);
      if (other === at) continue;
      active[at]!.add(names[other]!);
      active[other]!.add(name);
    }
  }
  return names.map((name, at) => {
    const passive = Array.from({ length: PASSIVE_COUNT }, () => names[random.below(names.length)]!);
    return { name, status: "answered", active: [...active[at]!], passive };
  });
}

function drawn(reports: readonly OverlayReport[], random: Random): OverlayReport[] {
  const chosen = new Set<OverlayReport>();
  while (chosen.size < Math.min(ASKED_COUNT, reports.length)) {
    chosen.add(reports[random.below(reports.length)]!);
  }
  return [...chosen];
}
