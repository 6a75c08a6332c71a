import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  confirmationsWanted,
  pushPullScale,
  remainingSuspicionMs,
  retransmitLimit,
  suspicionMinMs,
} from "./formulas.ts";

interface Numeric {
  readonly retransmitLimit: readonly { retransmitMult: number; numNodes: number; limit: number }[];
  readonly suspicionTimeout: readonly {
    suspicionMult: number;
    numNodes: number;
    probeIntervalMs: number;
    timeoutNs: number;
  }[];
  readonly remainingSuspicionTime: readonly {
    confirmations: number;
    k: number;
    elapsedMs: number;
    minMs: number;
    maxMs: number;
    remainingMs: number;
  }[];
  readonly pushPullScale: readonly { intervalMs: number; numNodes: number; scaledMs: number }[];
}

const file = new URL("../../../test/vectors/memberlist/numeric.json", import.meta.url);
const numeric: Numeric = JSON.parse(readFileSync(file, "utf8"))[0].decoded;

test("the retransmit limit is memberlist's", () => {
  expect(numeric.retransmitLimit.length).toBeGreaterThan(0);
  for (const row of numeric.retransmitLimit) {
    expect(retransmitLimit(row.retransmitMult, row.numNodes), JSON.stringify(row)).toBe(row.limit);
  }
});

test("the least suspicion time is memberlist's", () => {
  expect(numeric.suspicionTimeout.length).toBeGreaterThan(0);
  for (const row of numeric.suspicionTimeout) {
    const ms = suspicionMinMs(row.suspicionMult, row.numNodes, row.probeIntervalMs);
    expect(ms, JSON.stringify(row)).toBe(row.timeoutNs / 1e6);
  }
});

test("the remaining suspicion time is memberlist's", () => {
  expect(numeric.remainingSuspicionTime.length).toBeGreaterThan(0);
  for (const row of numeric.remainingSuspicionTime) {
    const { confirmations, k, elapsedMs, minMs, maxMs } = row;
    const state = { confirmationsCount: confirmations, wantedCount: k, elapsedMs, minMs, maxMs };
    expect(remainingSuspicionMs(state), JSON.stringify(row)).toBe(row.remainingMs);
  }
});

test("the pause between push/pulls is memberlist's", () => {
  expect(numeric.pushPullScale.length).toBeGreaterThan(0);
  for (const row of numeric.pushPullScale) {
    expect(pushPullScale(row.numNodes) * row.intervalMs, JSON.stringify(row)).toBe(row.scaledMs);
  }
});

test("confirmations are wanted only where enough others could give them (spec section 15)", () => {
  expect(confirmationsWanted(4, 3)).toBe(0);
  expect(confirmationsWanted(4, 4)).toBe(2);
  expect(confirmationsWanted(3, 3)).toBe(1);
  expect(confirmationsWanted(1, 100)).toBe(0);
});

test("Lifeguard's example of section 3.4: n = 128, alpha 5, beta 6", () => {
  const minMs = suspicionMinMs(5, 128, 1_000);
  const seconds = [0, 1, 2, 3].map((confirmationsCount) =>
    Math.round(
      remainingSuspicionMs({
        confirmationsCount,
        wantedCount: 3,
        elapsedMs: 0,
        minMs,
        maxMs: 6 * minMs,
      }) / 100,
    ),
  );
  expect(seconds).toEqual([632, 369, 215, 105]);
});
