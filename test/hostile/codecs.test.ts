/** Half of what of the ten million fits into every run of the tests: codecs alone. */
import { expect, it } from "vitest";
import { expectNoHarm } from "./harm-rig.ts";

const COUNT = 120_000;

it(`${COUNT} mutated packets and stream prefixes do no harm to codecs`, {
  timeout: 240_000,
}, async () => {
  const only = ["packets", "streams", "payloads"] as const;
  const { counts } = await expectNoHarm({ count: COUNT, seed: 20_260_728, only });
  for (const name of only) expect(counts[name]).toBeGreaterThan(COUNT / 10);
});
