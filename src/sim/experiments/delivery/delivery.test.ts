/** What docs/topics.md says of delivery, on whole nodes with the defaults they are shipped with. */
import { describe, expect, it } from "vitest";
import type { DeliverySetting } from "./delivery.contract.ts";
import { DeliveryTown } from "./delivery-town.ts";

const usual = { seed: 1, nodesCount: 10, disturbance: "none", turnsCount: 1 } as const;

function deliver(setting: Pick<DeliverySetting, "way" | "load"> & Partial<DeliverySetting>) {
  const { lastMs, ...result } = new DeliveryTown({ lossRatio: 0.05, ...usual, ...setting }).run();
  const sorted = [...lastMs].sort((one, other) => one - other);
  expect(result.duplicatesCount).toBe(0);
  return { ...result, medianMs: sorted[Math.floor(sorted.length / 2)] };
}

describe.each(["rings", "hyparview"] as const)("trees on %s, at 5 %% loss", (overlay) => {
  it("bring each publisher's messages in order, and do not settle at the longest wait", () => {
    const way = { via: "plumtree", overlay, history: "none", order: "fifo" } as const;
    const result = deliver({ way, load: "steady" });
    expect(result).toMatchObject({ missedCount: 0, overtakenCount: 0 });
    expect(result.pairsCount).toBe(300 * 9);
    expect(result.medianMs).toBeLessThan(300);
  });

  it("bring a message after a silence in which all links were closed", () => {
    const way = { via: "plumtree", overlay, history: "none" } as const;
    const result = deliver({ way, load: "seldom", nodesCount: 5, turnsCount: 5 });
    expect(result).toMatchObject({ missedCount: 0, pairsCount: 20 });
  });
});

it("broadcasts reach all of nine at 20 % loss, who stands still as well", () => {
  const way = { via: "piggyback", history: "none" } as const;
  const less = { nodesCount: 9, lossRatio: 0.2, silenceMs: 5_000, turnsCount: 40 };
  const result = deliver({ way, load: "seldom", disturbance: "stall", ...less });
  expect(result).toMatchObject({ missedCount: 0, disturbedMissedCount: 0 });
  expect(result.disturbedPairsCount).toBe(40);
});

it("with a history who has just joined has all of a burst", () => {
  const way = { via: "plumtree", history: "kept" } as const;
  const result = deliver({ way, load: "burst", nodesCount: 5, disturbance: "join" });
  expect(result).toMatchObject({ missedCount: 0, disturbedMissedCount: 0 });
  expect(result.disturbedPairsCount).toBe(200);
});
