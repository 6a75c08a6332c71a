import { agentDefaults } from "../../agent/agent.options.ts";
import { onStopSignals } from "../../agent/stop-signals.ts";
import { type CliIo, colorsOf, printJson } from "../cli-io.ts";
import { tablePrinter } from "../table.ts";
import { demoDefaults, demoSwim } from "./demo.options.ts";
import { DemoCluster } from "./demo-cluster.ts";
import { type SpawnProcess, spawnProcess } from "./demo-process.ts";
import { tellStory } from "./demo-story.ts";
import { demoHead, demoRows } from "./demo-table.ts";
import { LiveScreen } from "./live-screen.ts";

export interface DemoFlags {
  readonly json?: boolean;
  readonly once?: boolean;
  readonly nodes: number;
}

const tableWidthMin = 100;

const introduction =
  "Profile local: each node probes one other a second, hears within 200 ms or asks others to\n" +
  "probe for it, and calls a silent one failed some 3 to 4 s later. Two numbers differ:\n" +
  `retransmitMultiplier ${demoSwim.retransmitMultiplier} and ` +
  `pushPullIntervalMs ${demoSwim.pushPullIntervalMs}. Times come from the processes' own\n` +
  "reports, by the clock of this machine.";

/** The demonstration, from the first process to the last. Ends every process it started. */
export async function runDemo(
  flags: DemoFlags,
  io: CliIo,
  spawn: SpawnProcess = spawnProcess,
): Promise<void> {
  const stays = !flags.once && !flags.json && io.out.isTerminal;
  const screen = flags.json ? io.err : io.out;
  const colors = colorsOf(screen, io.env);
  const printTable = await tablePrinter(colors);
  const live = new LiveScreen(screen, demoDefaults.drawIntervalMs, tableWidthMin);
  const table = (): string => printTable(demoHead, demoRows(cluster.state, colors));
  const stop = new AbortController();
  const cluster = new DemoCluster({
    nodesCount: flags.nodes,
    admin: stays ? `127.0.0.1:${agentDefaults.adminPort}` : undefined,
    spawn,
    signal: AbortSignal.any([stop.signal, io.signal]),
    onChange: () => live.update(table),
  });
  const unlisten = onStopSignals(
    () => stop.abort(),
    () => {
      cluster.killAll();
      process.exit(1);
    },
  );
  try {
    live.say(introduction);
    const result = await tellStory(cluster, (text) => live.say(text));
    live.settle(table());
    if (flags.json) printJson(io, result);
    if (stays) await stayUp(cluster, live, AbortSignal.any([stop.signal, io.signal]));
  } finally {
    live.close();
    await cluster.end();
    unlisten();
  }
}

async function stayUp(cluster: DemoCluster, live: LiveScreen, signal: AbortSignal): Promise<void> {
  const adminUrl = cluster.state.rows[0]?.adminUrl ?? "";
  live.say(whatNext(adminUrl, cluster.state.killed?.name ?? "p2"));
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  live.say("Ending every process …");
}

function whatNext(adminUrl: string, killed: string): string {
  const isUsual = adminUrl === `http://127.0.0.1:${agentDefaults.adminPort}`;
  const admin = isUsual ? "" : ` --admin ${adminUrl}`;
  return [
    "",
    `See it in your browser: ${adminUrl}  (the dashboard; playground at ${adminUrl}/playground)`,
    "",
    "The cluster stays up until Ctrl-C. In another terminal, try:",
    `  npx hearsay members${admin}`,
    `  npx hearsay why ${killed}${admin}`,
    `  npx hearsay watch rumour${admin}`,
    `  npx hearsay publish rumour '"hello"'${admin}`,
    "Times of a rumour of yours count from its first arrival.",
    "",
  ].join("\n");
}
