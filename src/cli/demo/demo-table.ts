import type { MemberStatus } from "../../agent/admin.messages.ts";
import type { Colors } from "../cli-io.ts";
import type { DemoRow, DemoState } from "./demo-state.ts";
import { ms, seconds } from "./demo-story.ts";

export const demoHead = ["NODE", "PROCESS", "ADDRESS", "SEES", "RUMOUR", "DETECTION"] as const;

/** One row a process: what it sees, when the rumour reached it, how it noticed the death. */
export function demoRows(state: DemoState, colors: Colors): readonly (readonly string[])[] {
  return state.rows.map((row) => [
    row.name,
    row.pid === 0 ? "-" : String(row.pid),
    row.address === "" ? "-" : row.address,
    seesText(row, colors),
    rumourText(row, state, colors),
    detectionText(row, state, colors),
  ]);
}

function seesText(row: DemoRow, colors: Colors): string {
  if (row.state === "killed") return colors.red("killed");
  if (row.state === "ended") return colors.red("ended");
  if (row.state === "starting") return colors.dim("starting");
  const count = (wanted: MemberStatus): number =>
    Object.values(row.statuses).filter((status) => status === wanted).length;
  const parts = [colors.green(`${count("alive")} alive`)];
  if (count("suspect") > 0) parts.push(colors.yellow(`${count("suspect")} suspect`));
  if (count("failed") > 0) parts.push(colors.red(`${count("failed")} failed`));
  return parts.join(" ");
}

function rumourText(row: DemoRow, state: DemoState, colors: Colors): string {
  if (row.arrivedAt === undefined || state.publishedAt === undefined) return colors.dim("-");
  return ms(row.arrivedAt - state.publishedAt);
}

function detectionText(row: DemoRow, state: DemoState, colors: Colors): string {
  const { killed } = state;
  if (killed === undefined || row.state !== "up") return colors.dim("-");
  const suspectedAt = row.suspectedAt.get(killed.name);
  const failedAt = row.failedAt.get(killed.name);
  const parts: string[] = [];
  if (suspectedAt !== undefined) parts.push(`suspect ${seconds(suspectedAt - killed.at)}`);
  if (failedAt !== undefined) parts.push(`failed ${seconds(failedAt - killed.at)}`);
  return parts.length === 0 ? colors.dim("-") : parts.join(", ");
}
