import { expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import type { ClaimMessage } from "./degraded.messages.ts";
import { decodeClaim, encodeClaim } from "./degraded.wire.ts";

const claim: ClaimMessage = {
  kind: "claim",
  boot: 2 ** 53 - 1,
  seq: 1_800_000_000_000,
  health: "degraded",
  leaseMs: 30_000,
  trouble: { delayMs: 20_011, gcMs: 0 },
};

it("comes back as it went, with or without what later versions append", () => {
  expect(decodeClaim(encodeClaim(claim))).toEqual(claim);
  const well: ClaimMessage = { ...claim, health: "well", trouble: { delayMs: 0, gcMs: 12 } };
  expect(decodeClaim(Uint8Array.of(...encodeClaim(well), 1, 2, 3))).toEqual(well);
});

it("rounds times to whole milliseconds of at most a day", () => {
  const trouble = { delayMs: 12.6, gcMs: 1e12 };
  const read = decodeClaim(encodeClaim({ ...claim, trouble }));
  expect(read?.trouble).toEqual({ delayMs: 13, gcMs: 86_400_000 });
});

it("reads no nonsense, and never throws", () => {
  const bytes = encodeClaim(claim);
  for (let length = 0; length < bytes.length; length += 1) {
    expect(decodeClaim(bytes.subarray(0, length))).toBeUndefined();
  }
  expect(decodeClaim(Uint8Array.of(2, ...bytes.subarray(1)))).toBeUndefined();
  expect(decodeClaim(Uint8Array.of(1, 2, ...bytes.subarray(2)))).toBeUndefined();
  const random = new Random(5);
  for (let round = 0; round < 2_000; round += 1) {
    const noise = Uint8Array.from({ length: random.below(40) }, () => random.below(256));
    const read = decodeClaim(noise);
    if (read !== undefined) expect(read.trouble.delayMs).toBeLessThanOrEqual(86_400_000);
  }
});
