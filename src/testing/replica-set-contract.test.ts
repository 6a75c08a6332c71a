import { describe, expect, it, test } from "vitest";
import { Deletions } from "./fake-deletions.ts";
import { type MakeSettled, replicaSetContract } from "./replica-set-contract.ts";

type Deletion = Parameters<Deletions["apply"]>[1];

/** `careless`: purges everything at once, stable or not; `stubborn`: does not begin anew. */
function maker(flaw?: "careless" | "stubborn"): MakeSettled<Deletion> {
  return (origin) => {
    const replica = new Deletions(origin);
    return {
      replica,
      write: (random) => replica.write(random),
      state: () => replica.state(),
      purge: (stable) => replica.purge(flaw === "careless" ? replica.seen : stable),
      discard: () => {
        if (flaw !== "stubborn") replica.discard();
      },
    };
  };
}

replicaSetContract({ describe, test }, "removals", maker(), 100);

describe("the replica set contract", () => {
  it.each(["careless", "stubborn"] as const)("finds out a %s model", (flaw) => {
    let failedCount = 0;
    const count = (_: string, body: () => unknown): void => {
      try {
        body();
      } catch {
        failedCount += 1;
      }
    };
    replicaSetContract({ describe: (_, body) => body(), test: count }, flaw, maker(flaw), 20);
    expect(failedCount).toBeGreaterThan(5);
  });
});
