/** The traces of docs/protocols/rumor.md are what the simulator gives. */
import { expect, test } from "vitest";
import { type GivenOptions, resolveOptions } from "../../core/options.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { historyDefaults } from "../../data/history/history.options.ts";
import { History } from "../../data/history/history.ts";
import { StaticView } from "../../peers/static/static-view.ts";
import { Simulator } from "../../sim/simulator.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import type { RumorEnv } from "./rumor.contract.ts";
import { type RumorMessage, standings, type Told } from "./rumor.messages.ts";
import { checkRumorOptions, rumorDefaults } from "./rumor.options.ts";
import { Rumor } from "./rumor.ts";

const NAMES = ["a", "b", "c", "d", "e"];
const LATENCY_MS = 5;

function nameOf(index: number | string): string {
  return NAMES[Number(index)] ?? "?";
}

function stood(standing: number): string {
  switch (standing) {
    case standings.unknown:
      return "was news";
    case standings.expected:
      return "is asked for";
    case standings.cold:
      return "cold";
    default:
      return `known, counter ${standing - 1}`;
  }
}

function named({ dot, update }: Told): string {
  const what = update === undefined ? "I know" : "";
  return `${what} ${dot.origin.split("#")[0]}:${dot.seq}`.trim();
}

function line(message: RumorMessage): string {
  const list = (told: readonly Told[]) =>
    told.map((one) => `${named(one)} (counter ${one.standing - 1})`).join(", ");
  switch (message.kind) {
    case "call":
      return message.rumors.length === 0 ? "anything new?" : list(message.rumors);
    case "answer": {
      const how = message.standings.map(stood).join(", ");
      return [how, list(message.rumors)].filter((part) => part !== "").join("; ");
    }
    case "feedback":
      return message.standings.map(stood).join(", ");
    case "payloads":
      return message.rumors.map(named).join(", ");
    default:
      return "";
  }
}

/** Node a writes one update; all that is said until nobody tells it any more. */
function trace(given: GivenOptions<typeof rumorDefaults>, seed: number): string {
  const lines: string[] = [];
  const simulator = new Simulator({ seed, latency: { kind: "constant", ms: LATENCY_MS } });
  const options = resolveOptions("rumor", rumorDefaults, given, checkRumorOptions);
  const histories: History[] = [];
  const rumors: Rumor[] = [];
  for (const index of NAMES.keys()) {
    simulator.add((host) => {
      const peers = new StaticView(host.self);
      for (const other of NAMES.keys()) peers.add(peerId(other));
      const wiring = {
        origin: () => makeOrigin(nameOf(index), 1),
        wallClock: () => 0,
        afterStep: (body: () => void) => host.afterStep(body),
      };
      const replica = new History(wiring, historyDefaults);
      histories.push(replica);
      host.mountDirect("rumor", (env: RumorEnv) => {
        const rumor = new Rumor(env, { peers, counters: { add: () => {} } }, options);
        rumor.enrol({ name: "x", replica, sizeOf: () => 1 });
        rumor.start();
        rumors.push(rumor);
        return rumor;
      });
    });
  }
  simulator.trace(({ atMs, node, peer = "", subject, what }) => {
    if (what !== "send") return;
    const message = subject as RumorMessage;
    const at = String(Math.round(atMs)).padStart(4);
    const who = `${nameOf(node)} → ${nameOf(peer)}`;
    lines.push(`${at} ms  ${who}  ${message.kind.padEnd(8)}  ${line(message)}`.trimEnd());
  });
  simulator.nodes[0]?.step(() => histories[0]?.append(Uint8Array.of(1)));
  simulator.runUntil(() => rumors.every(({ hotCount }) => hotCount === 0), 10_000);
  expect(histories.every(({ seen }) => seen.size === 1)).toBe(true);
  return lines.join("\n");
}

test.each([
  ["push", () => trace({ mode: "push", interestCount: 1 }, 9)],
  ["announced", () => trace({ mode: "push", payloads: "announced", interestCount: 1 }, 9)],
] as const)("the page shows the true trace of %s", (name, make) => {
  expect(shownTrace("protocols/rumor.md", name)).toBe(make());
});
