/** The trace of docs/protocols/plumtree.md is what the simulator gives. */
import { expect, test } from "vitest";
import { at } from "../../core/collections/at.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import { historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import { Simulator } from "../../sim/simulator.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import type { PlumtreeEnv } from "./plumtree.contract.ts";
import type { Part, PlumtreeMessage } from "./plumtree.messages.ts";
import { plumtreeDefaults } from "./plumtree.options.ts";
import { Plumtree } from "./plumtree.ts";

const NAMES = ["a", "b", "c", "d", "e"];
/** A ring and a chord. */
const LINKS = [
  [1, 4],
  [0, 2, 3],
  [1, 3],
  [2, 4, 1],
  [3, 0],
];
const LATENCY_MS = 10;

function nameOf(index: number | string): string {
  return NAMES[Number(index)] ?? "?";
}

function sizeOf(update: unknown): number {
  return (update as HistoryUpdate).payload.length;
}

function wordsOf(part: Part): string[] {
  const words: string[] = [];
  for (const { first, round, updates } of part.gossips) {
    words.push(`a:${first}, ${updates.map(sizeOf).join("+")} bytes, hop ${round + 1}`);
  }
  for (const { first } of part.announced) words.push(`I have a:${first}`);
  for (const { bytes, seq } of part.offered) words.push(`I have a:${seq} of ${bytes} bytes`);
  for (const { first } of part.lacked) words.push(`I lack a:${first}`);
  for (const { first } of part.wanted) words.push(`send me a:${first}`);
  if (part.grafts.length > 0) words.push("graft");
  if (part.prunes.length > 0) words.push("prune");
  return words;
}

/** Node a publishes updates of these sizes, half a second apart; all that is said. */
function trace(sizes: readonly number[]): string {
  const lines: string[] = [];
  const simulator = new Simulator({ seed: 1, latency: { kind: "constant", ms: LATENCY_MS } });
  const histories: History[] = [];
  for (const [index, neighbours] of LINKS.entries()) {
    simulator.add((host) => {
      const peers = new StaticView(host.self);
      for (const other of neighbours) peers.add(peerId(other));
      const wiring = {
        origin: () => makeOrigin(nameOf(index), 1),
        wallClock: () => 0,
        afterStep: (body: () => void) => host.afterStep(body),
      };
      const replica = new History(wiring, historyDefaults);
      histories.push(replica);
      host.mountDirect("plumtree", (env: PlumtreeEnv) => {
        const parts = { peers, counters: { add: () => {} } };
        const plumtree = new Plumtree(env, parts, { ...plumtreeDefaults, trees: "shared" });
        plumtree.enrol({ name: "x", replica, sizeOf });
        plumtree.start();
        return plumtree;
      });
    });
  }
  simulator.trace(({ atMs, node, peer = "", subject, what }) => {
    if (what !== "send") return;
    const { parts } = subject as PlumtreeMessage;
    const said = parts.flatMap(wordsOf).join("; ");
    lines.push(
      `${String(Math.round(atMs)).padStart(4)} ms  ${nameOf(node)} → ${nameOf(peer)}  ${said}`,
    );
  });
  for (const size of sizes) {
    at(simulator.nodes, 0).step(() => at(histories, 0).append(new Uint8Array(size)));
    simulator.runForMs(500);
  }
  for (const { seen } of histories) expect(seen.size).toBe(sizes.length);
  return lines.join("\n");
}

test("the page shows the true trace", () => {
  expect(shownTrace("protocols/plumtree.md", "plumtree")).toBe(trace([10, 10, 100_000]));
});
