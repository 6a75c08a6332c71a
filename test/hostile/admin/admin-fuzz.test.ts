/**
 * Each route of the admin API, asked by anybody for anything, holds to what its OpenAPI document
 * says. HEARSAY_FUZZ_RUNS and HEARSAY_FUZZ_SEED make it longer, or again.
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AskedAgent } from "./asked-agent.ts";
import { type Asker, quickRoutes, requests, requestsOf, roleOf, strays } from "./requests.ts";

const RUNS_COUNT = Number(process.env["HEARSAY_FUZZ_RUNS"] ?? 400);
const seed = Number(process.env["HEARSAY_FUZZ_SEED"] ?? 9);
/** Waiting, not working: the bound is for a request that never ends. */
const LONG_MS = 60_000 + RUNS_COUNT * 100;

let agent: AskedAgent;
beforeAll(async () => {
  agent = await AskedAgent.start();
});
afterAll(() => agent.stop());

test(
  "a reader changes nothing, whatever it asks for",
  async () => {
    const before = await agent.picture();
    const byReader = requests.map((asked) => ({ ...asked, asker: "read" as const }));
    await fc.assert(
      fc.asyncProperty(byReader, (asked) => agent.holdsTo(asked)),
      { numRuns: RUNS_COUNT / 4, seed },
    );
    expect(await agent.picture()).toEqual(before);
  },
  LONG_MS,
);

test(
  "every answer is one that its document names, of its schema, and shows no secret",
  async () => {
    await fc.assert(
      fc.asyncProperty(requests, (asked) => agent.holdsTo(asked)),
      { numRuns: RUNS_COUNT, seed },
    );
    agent.expectNoSecretWritten();
  },
  LONG_MS,
);

test(
  "no path, method or header that nobody has written down finds a way in",
  async () => {
    await fc.assert(
      fc.asyncProperty(strays, (asked) => agent.holdsTo(asked)),
      { numRuns: RUNS_COUNT / 2, seed },
    );
    agent.expectNoSecretWritten();
  },
  LONG_MS,
);

test("each route is asked, by those who may", async () => {
  const asking = quickRoutes.map(async (route) => {
    const asker: Asker = roleOf(route) ?? "nobody";
    const plain = requestsOf(route).map((asked) => ({ ...asked, asker }));
    for (const asked of fc.sample(plain, { numRuns: 2, seed })) await agent.holdsTo(asked);
  });
  await Promise.all(asking);
});
