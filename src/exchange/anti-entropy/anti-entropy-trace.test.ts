/** The traces of docs/protocols/anti-entropy.md are what the simulator gives. */
import { expect, test } from "vitest";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { makeOrigin, type PeerId } from "../../core/peer.ts";
import { DotsReplica, Land, ofDots } from "../../testing/divergence-rig.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import type { AntiEntropyMessage } from "./anti-entropy.messages.ts";
import type { AntiEntropyOptions } from "./anti-entropy.options.ts";

function dots(set: ReadonlyDotSet): string {
  if (set.isEmpty) return "nothing";
  if (set.rangesCount > 4) return `${set.size} dots`;
  return [...set.ranges()]
    .map(({ first, last, origin }) => `${origin}:${first === last ? first : `${first}-${last}`}`)
    .join(" ");
}

function line(message: AntiEntropyMessage): string {
  switch (message.kind) {
    case "compare":
      return `seen ${message.claims.map(({ size }) => size)} dots`;
    case "digests":
      return `seen ${message.digests.map(({ extent, seen }) => `${dots(seen)} (${extent})`)}`;
    case "wants":
      return `seen ${message.digests.map(({ seen }) => dots(seen))}, wants ${asked(message)}`;
    case "itemsWants":
      return `items ${given(message)}, wants ${asked(message)}`;
    case "items":
      return `items ${given(message)}`;
    case "sketch":
      return `symbols from ${message.first}, ${message.symbols.length} B, of ${message.unit}`;
    case "more":
      return `${message.count} symbols from ${message.first}`;
    case "differing":
      return `${message.keys.length} B of keys`;
    default:
      return "";
  }
}

function asked({ wants }: { wants: readonly { dots: ReadonlyDotSet }[] }): string {
  if (wants.length === 0) return "nothing";
  return wants.map((one) => (one.dots.isEmpty ? "all of it" : dots(one.dots))).join(" ");
}

function given({
  items,
}: {
  items: readonly {
    delta: { updates: readonly (readonly [{ origin: string; seq: number }, unknown])[] };
  }[];
}): string {
  const names = items.flatMap(({ delta }) =>
    delta.updates.map(([dot]) => `${dot.origin}:${dot.seq}`),
  );
  if (names.length > 4) return `${names.length}`;
  return names.length === 0 ? "none" : names.join(" ");
}

/** Node P begins one round with node Q. */
function trace(p: DotSet, q: DotSet, antiEntropy: Partial<AntiEntropyOptions> = {}): string {
  const lines: string[] = [];
  const land = new Land([ofDots(new DotsReplica(p)), ofDots(new DotsReplica(q))], {
    antiEntropy: { roundIntervalMs: 1e9, ...antiEntropy },
    network: { latency: { kind: "constant", ms: 5 } },
    onSend: (from, message) => {
      const names = Number(from) === 0 ? "P → Q" : "Q → P";
      const atMs = String(land.simulator.nowMs).padStart(3);
      lines.push(`${atMs} ms  ${names}  ${message.kind.padEnd(10)}  ${line(message)}`.trimEnd());
    },
  });
  land.simulator.nodes[0]?.step(() => land.engines[0]?.compareWith(1 as PeerId & number));
  land.simulator.runForMs(2_000);
  expect(p.hash()).toBe(q.hash());
  return lines.join("\n");
}

function setOf(...runs: readonly (readonly [string, number, number])[]): DotSet {
  const set = new DotSet();
  for (const [name, first, last] of runs) set.addRange(makeOrigin(name, 1), first, last);
  return set;
}

const holed = (...without: readonly number[]) => {
  const set = new DotSet();
  for (let seq = 1; seq < 10_000; seq += 2) {
    if (!without.includes(seq)) set.addRange(makeOrigin("a", 1), seq, seq);
  }
  return set;
};

test.each([
  ["equal", () => trace(setOf(["a", 1, 7]), setOf(["a", 1, 7]))],
  ["four steps", () => trace(setOf(["a", 1, 7], ["b", 1, 2]), setOf(["a", 1, 5], ["b", 1, 4]))],
  ["sketch", () => trace(holed(501, 503, 9_001), holed(77))],
  [
    "stream",
    () => trace(setOf(["a", 1, 40]), setOf(["a", 1, 40], ["b", 1, 30]), { deltaMaxBytes: 1_000 }),
  ],
] as const)("the page shows the true trace of %s", (name, make) => {
  expect(shownTrace("protocols/anti-entropy.md", name)).toBe(make());
});
