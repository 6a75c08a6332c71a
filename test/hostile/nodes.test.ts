/** The other half: whole nodes, on the real host and in virtual time, held against the model. */
import { expect, it } from "vitest";
import { expectNoHarm } from "./harm-rig.ts";

const COUNT = 80_000;

it(`${COUNT} mutated packets and stream prefixes do no harm to nodes`, {
  timeout: 240_000,
}, async () => {
  const only = ["node", "simulated"] as const;
  const { counts } = await expectNoHarm({ count: COUNT, seed: 20_260_729, only });
  for (const name of only) expect(counts[name]).toBeGreaterThan(COUNT / 20);
});
