import { HearsayError } from "../../core/errors.ts";
import { sharedNow } from "./demo.messages.ts";
import type { DemoCluster } from "./demo-cluster.ts";
import type { DemoRow } from "./demo-state.ts";

/** What `hearsay demo --json` prints. Times in milliseconds. */
export interface DemoResult {
  readonly nodes: number;
  /** From the order to join, given to all at once, until all list all as alive. */
  readonly convergedMs: number;
  /** `reached` counts the publisher too; `lastMs` from publishing to the last arrival. */
  readonly rumour: { readonly reached: number; readonly lastMs: number };
  /** From SIGKILL until the last of the others lists it as failed. */
  readonly killed: { readonly name: string; readonly detectedByAllMs: number };
}

/** Tells the story step by step; `say` is called before and after each. */
export async function tellStory(
  cluster: DemoCluster,
  say: (text: string) => void,
): Promise<DemoResult> {
  const nodes = cluster.state.rows.length;
  say(`Starting ${nodes} node processes, each with its own UDP and TCP socket on loopback …`);
  await startAll(cluster);
  say(`Processes: ${cluster.state.rows.map(({ name, pid }) => `${name} ${pid}`).join(", ")}.`);
  const convergedMs = await formCluster(cluster);
  say(`All ${nodes} nodes know each other ${seconds(convergedMs)} after the order to join.`);
  const rumour = await spreadRumour(cluster, say);
  say(
    `The rumour reached ${rumour.reached} of ${nodes} nodes, the last after ${ms(rumour.lastMs)}.`,
  );
  const killed = await killOne(cluster, say);
  say(
    `Everyone knows that ${killed.name} is gone ${seconds(killed.detectedByAllMs)} after SIGKILL.`,
  );
  return { nodes, convergedMs, rumour, killed };
}

async function startAll(cluster: DemoCluster): Promise<void> {
  const { state } = cluster;
  cluster.start();
  await cluster.until(
    () => state.upRows.length === state.rows.length,
    () => `${namesOf(state.rows, (row) => row.state === "starting")} did not start to listen.`,
  );
}

async function formCluster(cluster: DemoCluster): Promise<number> {
  const { state } = cluster;
  const [first, ...others] = state.rows;
  if (first === undefined) throw new HearsayError("DEMO_FAILED", "There is no node to join.");
  const startedAt = sharedNow();
  for (const { name } of others) cluster.order(name, { kind: "join", address: first.address });
  await cluster.until(
    () => state.isConverged,
    () => "not every node lists every other one as alive.",
  );
  return round(sharedNow() - startedAt);
}

async function spreadRumour(
  cluster: DemoCluster,
  say: (text: string) => void,
): Promise<DemoResult["rumour"]> {
  const { state } = cluster;
  const publisher = state.rows[1]?.name ?? "p1";
  const text = `It is ${new Date().toISOString()} and ${publisher} has news.`;
  say(`${publisher} tells a rumour …`);
  state.beginRumour(text);
  cluster.order(publisher, { kind: "publish", text });
  await cluster.until(
    () => state.publishedAt !== undefined && state.rumourArrivals.length === state.rows.length,
    () => `${namesOf(state.rows, (row) => row.arrivedAt === undefined)} did not hear the rumour.`,
  );
  const arrivals = state.rumourArrivals;
  const publishedAt = state.publishedAt ?? Number.NaN;
  return { reached: arrivals.length, lastMs: round(Math.max(...arrivals) - publishedAt) };
}

async function killOne(
  cluster: DemoCluster,
  say: (text: string) => void,
): Promise<DemoResult["killed"]> {
  const { state } = cluster;
  const victim = state.rows.at(-1);
  if (victim === undefined) throw new HearsayError("DEMO_FAILED", "There is no node to kill.");
  const { name, pid } = victim;
  say(`Killing ${name} (process ${pid}) with SIGKILL; it cannot say goodbye …`);
  const killedAt = cluster.kill(name);
  await cluster.until(
    () => state.detections(name).length === state.upRows.length,
    () => `${namesOf(state.upRows, (row) => !row.failedAt.has(name))} did not find ${name} failed.`,
  );
  return { name, detectedByAllMs: round(Math.max(...state.detections(name)) - killedAt) };
}

function namesOf(rows: readonly DemoRow[], isWanted: (row: DemoRow) => boolean): string {
  return rows
    .filter(isWanted)
    .map((row) => row.name)
    .join(", ");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

export function seconds(value: number): string {
  return value < 1_000 ? ms(value) : `${(value / 1_000).toFixed(2)} s`;
}
