/**
 * Registers, queues and lists on an ordered log of simulated nodes that crash, are cut off and
 * stand still: what clients saw can be explained by one order. HEARSAY_LINEAR_SEEDS: how many runs.
 */
import { expect, it } from "vitest";
import { Random } from "../../src/core/random.ts";
import { HearsayError, raft } from "../../src/index.ts";
import type { TestLife } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";
import { ObjectHistory, openObjects } from "../ordered-objects.ts";

const { HEARSAY_LINEAR_SEEDS: seeds = "1" } = process.env;
const SEEDS_COUNT = Number(seeds);
const VOTERS = ["n1", "n2", "n3"];
const CLIENTS_COUNT = 2;
const DURATION_MS = 8_000;

/** Asks the node it runs on one thing after another, until its life ends. */
async function ask(
  objects: ReturnType<typeof openObjects>,
  life: TestLife,
  history: ObjectHistory,
  client: number,
) {
  while (history.nowMs() < 0) await life.delay(50);
  const random = Random.derive(client, life.name, life.number);
  for (let count = 1; !life.signal.aborted && !history.isOver; count += 1) {
    const input = history.draw(random.real());
    const callMs = history.nowMs();
    const operation = { process: `${life.name}/${life.number}`, callMs, input };
    const lost = { ...operation, returnMs: Number.POSITIVE_INFINITY, output: undefined };
    const id = `${operation.process}/${client}/${count}`;
    const place = history.operations.push(lost) - 1;
    try {
      const output = await objects.perform(id, input, 3_000);
      history.operations[place] = { ...operation, returnMs: history.nowMs(), output };
    } catch (error) {
      if (!(error instanceof HearsayError)) throw error;
      if (error.definite) history.refuse(place);
    }
    await life.delay(1 + random.exponential(60));
  }
}

async function run(seed: number): Promise<ObjectHistory> {
  const random = Random.derive(seed, "linear");
  const history = new ObjectHistory();
  // Not before there is a cluster whose time it is.
  history.nowMs = () => -1;
  await using cluster = await createTestCluster({
    nodes: 4,
    seed,
    network: { lossRatio: random.pick([0, 0.05]) ?? 0, duplicateRatio: 0.05 },
    options: { orderer: raft({ voters: VOTERS }) },
    setup: (node, life) => {
      const objects = openObjects(node);
      for (let client = 0; client < CLIENTS_COUNT; client += 1) {
        void ask(objects, life, history, client);
      }
    },
  });
  history.nowMs = () => cluster.nowMs;
  await cluster.run(Promise.all(cluster.nodes.map((node) => node.order.ready())));
  const endMs = cluster.nowMs + DURATION_MS;
  while (cluster.nowMs < endMs) {
    const name = random.pick(["n1", "n2", "n3", "n4"]) ?? "n1";
    const downMs = 200 + random.exponential(1_500);
    const fault = random.below(3);
    if (fault === 0) {
      cluster.crash(name, random.chance(0.5) ? "process" : "machine");
      await cluster.runForMs(downMs);
      await cluster.restart(name);
    } else if (fault === 1) {
      cluster.partition([name]);
      await cluster.runForMs(downMs);
      cluster.heal();
    } else {
      cluster.pause(name);
      await cluster.runForMs(downMs);
      cluster.resume(name);
    }
    await cluster.runForMs(random.exponential(1_000));
  }
  history.isOver = true;
  await cluster.runForMs(8_000);
  return history;
}

it(
  `what clients of simulated nodes saw can be explained, ${SEEDS_COUNT} times`,
  async () => {
    for (let seed = 1; seed <= SEEDS_COUNT; seed += 1) {
      const history = await run(seed);
      const answered = history.operations.filter(({ output }) => output !== undefined);
      expect(history.judge(), `seed ${seed}`).toBeUndefined();
      expect(answered.length, `seed ${seed}`).toBeGreaterThan(100);
    }
  },
  60_000 + SEEDS_COUNT * 20_000,
);
