import { expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import type { QueryAnswer, QueryRun } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

const SEEDS_COUNT = 10;
const NODES_COUNT = 5;
const PARTS_COUNT = 12;

interface Ended {
  readonly answers: readonly QueryAnswer[];
  readonly run: QueryRun;
}

/** Queries that each ask all for a few parts, while the network and the members have faults. */
async function runSeed(seed: number): Promise<{ failures: string[]; outcomes: string[] }> {
  const random = new Random(seed);
  const calls = new Map<string, number>();
  const failures: string[] = [];
  const outcomes: string[] = [];
  await using cluster = await createTestCluster({
    nodes: NODES_COUNT,
    seed,
    options: { queries: { directMaxCount: seed % 2 === 0 ? 2 : 32, fanoutCount: 2 } },
    setup: (node, life) => {
      node.queries.define<number>("parts").handle(async function* (id) {
        const call = `${node.name} life ${life.number} query ${id}`;
        calls.set(call, (calls.get(call) ?? 0) + 1);
        for (let part = 1; part <= PARTS_COUNT; part += 1) {
          await life.delay(20);
          yield `${node.origin} ${part}`;
        }
      });
    },
  });
  const pending: Promise<Ended>[] = [];
  const down: string[] = [];
  for (let id = 1; id <= 8; id += 1) {
    const name = cluster.names[random.below(NODES_COUNT - 1) + 1] ?? "n2";
    const what = random.below(6);
    if (what === 0) cluster.partition(["n1", name]);
    else if (what === 1 && cluster.isRunning(name) && down.length < 2) {
      cluster.crash(name);
      down.push(name);
    } else if (what === 2) cluster.lose(random.real() * 0.3);
    else if (what === 3) {
      const back = down.shift();
      if (back !== undefined) await cluster.restart(back, { disk: "kept" });
    } else cluster.heal();
    const wish = { timeoutMs: 2_000 + random.below(20_000), relayCount: random.below(2) };
    const run = cluster.node("n1").query("parts", id, wish);
    pending.push(readAll(run));
    await cluster.runForMs(random.below(3_000));
  }
  const ended = await cluster.run(Promise.all(pending), { limitMs: 60_000 });
  for (const [call, count] of calls) if (count > 1) failures.push(`${call} ran ${count} times`);
  for (const one of ended) {
    const summary = await cluster.run(one.run.summary());
    for (const { answersCount, name, outcome } of summary.members) {
      outcomes.push(outcome);
      const own = one.answers.filter(({ from }) => from === name);
      const parts = own.map((answer) => (answer.kind === "answer" ? String(answer.value) : "?"));
      const origin = parts[0]?.split(" ")[0] ?? "";
      const wanted = parts.map((_, at) => `${origin} ${at + 1}`);
      if (parts.join() !== wanted.join()) failures.push(`${name} gave ${parts.join()}`);
      if (parts.length !== answersCount) failures.push(`${name}: ${answersCount} were counted`);
      const isWhole = parts.length === PARTS_COUNT;
      if (outcome === "answered" && !isWhole) failures.push(`${name} answered not all`);
      if (outcome === "silent" && parts.length > 0) failures.push(`${name} was not silent`);
    }
  }
  return { failures: failures.map((one) => `seed ${seed}: ${one}`), outcomes };
}

async function readAll(run: QueryRun): Promise<Ended> {
  const answers: QueryAnswer[] = [];
  for await (const answer of run) answers.push(answer);
  return { answers, run };
}

it("code runs once a life, answers come in order, and all are accounted for", async () => {
  const failures: string[] = [];
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= SEEDS_COUNT; seed += 1) {
    const result = await runSeed(seed);
    failures.push(...result.failures);
    for (const outcome of result.outcomes) outcomes.add(outcome);
  }
  expect(failures).toEqual([]);
  // Whatever never happens is never tried.
  for (const outcome of ["answered", "died", "silent", "unfinished"]) {
    expect([...outcomes]).toContain(outcome);
  }
});
