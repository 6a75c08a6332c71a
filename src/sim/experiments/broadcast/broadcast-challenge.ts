/**
 * The broadcast challenge of Gossip Glomers (3d and 3e), counted more strictly: all operations are
 * broadcasts, and the messages of anti-entropy count, too.
 *
 * First the cluster forms: each node publishes once, one after another, so that its tree grows.
 * Then follow the calm part, in which all is measured, and partitions that come and go, in which
 * nothing may get lost. An operation is acknowledged when the node that it was sent to has it in
 * its own history. Its latency is the time from then until the last of all nodes has it:
 * Maelstrom's stable latency. Messages are all that nodes send each other from the first operation
 * of the calm part until its last one is everywhere; all that waits for a peer leaves as one.
 */
import { Random } from "../../../core/random.ts";
import type { PlumtreeOptions } from "../../../exchange/plumtree/plumtree.options.ts";
import type {
  Curve,
  ExpectedValue,
  ExpectedValues,
  Experiment,
  ExperimentCourse,
} from "../experiment.ts";
import { BroadcastLedger, rankOf } from "./broadcast-ledger.ts";
import { mountAntiEntropy, mountPlumtree } from "./broadcast-stacks.ts";
import { BroadcastTown } from "./broadcast-town.ts";

const SECOND_MS = 1_000;
const FORM_REST_MS = 2_000;
const SETTLE_MAX_MS = 30_000;
const CURVE_STEP_MS = 10;

const common = {
  nodesCount: 25,
  latencyMs: 100,
  operationsPerSecond: 100,
  /** Between the first updates of two nodes: more than any way through the overlay takes. */
  formStepMs: 600,
  /** Of the calm part. */
  durationMs: 20_000,
  partitionsCount: 3,
  partitionMs: 5_000,
  /** The calm after each. */
  healMs: 7_000,
  /** Of anti-entropy. */
  roundIntervalMs: 2_000,
  /** The rest is Plumtree's: see its options. */
  announceIntervalMs: 1_000,
  graftWaitMs: 300,
  pruneIntervalMs: 500,
} as const;

type Given = typeof common & { neighboursCount: number; flushIntervalMs: number };
type Parameters = { readonly [Name in keyof Given]: number };

class Challenge {
  private readonly parameters: Parameters;
  private readonly town: BroadcastTown;
  private readonly ledger: BroadcastLedger;
  private readonly random: Random;

  constructor(seed: number, parameters: Parameters) {
    const { latencyMs, neighboursCount, nodesCount, roundIntervalMs } = parameters;
    this.parameters = parameters;
    this.random = Random.derive(seed, "operations");
    this.ledger = new BroadcastLedger(nodesCount);
    this.town = new BroadcastTown({
      seed,
      nodesCount,
      latency: { kind: "constant", ms: latencyMs },
      mount: (place) => {
        mountPlumtree(place, neighboursCount, treeOptions(parameters));
        mountAntiEntropy(place, { roundIntervalMs });
      },
      onHeld: (_, number) => this.ledger.onHeld(number, this.town.simulator.nowMs),
    });
  }

  run(): ExperimentCourse {
    const { ledger, town } = this;
    this.form();
    const formedCount = town.takeMeters().sent.reduce((sum, count) => sum + count, 0);
    ledger.clear();
    this.operate(this.parameters.durationMs);
    this.settle();
    const { received, sent } = town.takeMeters();
    const latencies = ledger.stableLatencies();
    const calm = {
      "messages per operation": sent.reduce((sum, count) => sum + count, 0) / ledger.size,
      "median latency (ms)": rankOf(latencies, 0.5),
      "99 % latency (ms)": rankOf(latencies, 0.99),
      "max latency (ms)": rankOf(latencies, 1),
      "sent by the busiest (medians)": overMedian(sent),
      "received by the busiest (medians)": overMedian(received),
      "messages to form": formedCount,
    };
    const curves = curvesOf(ledger);
    const healed = this.partition();
    const settledMs = healed.map((atMs) => ledger.settledAfterMs(atMs));
    const after = {
      "settled after healing (ms)": Math.max(0, ...settledMs),
      "lost copies": ledger.missingCount,
    };
    return { values: { ...calm, ...after }, curves };
  }

  /** With 0 ms for it there is no forming: the trees grow under load. */
  private form(): void {
    const { ledger, town } = this;
    const { formStepMs, nodesCount } = this.parameters;
    if (formStepMs === 0) return;
    for (let node = 0; node < nodesCount; node += 1) {
      town.publish(node, ledger.open(town.simulator.nowMs));
      town.simulator.runForMs(formStepMs);
    }
    town.simulator.runForMs(FORM_REST_MS);
  }

  /** Operations arrive at random nodes and, on average, at the given rate. */
  private operate(durationMs: number): void {
    const { nodesCount, operationsPerSecond } = this.parameters;
    const { simulator } = this.town;
    const stepMs = (2 * SECOND_MS) / operationsPerSecond;
    let atMs = this.random.real() * stepMs;
    for (; atMs < durationMs; atMs += this.random.real() * stepMs) {
      simulator.plan(atMs, () => {
        const node = this.random.below(nodesCount);
        this.town.publish(node, this.ledger.open(simulator.nowMs));
      });
    }
    simulator.runForMs(durationMs);
  }

  /** Runs until all is everywhere, or for so long that it never will be. */
  private settle(): void {
    this.town.simulator.runUntil(() => this.ledger.missingCount === 0, SETTLE_MAX_MS);
  }

  /** Halves that do not hear each other come and go. @returns when each healed. */
  private partition(): number[] {
    const { healMs, nodesCount, partitionMs, partitionsCount } = this.parameters;
    const { simulator } = this.town;
    const healed: number[] = [];
    for (let turn = 0; turn < partitionsCount; turn += 1) {
      const nodes = Array.from({ length: nodesCount }, (_, node) => node);
      this.random.shuffle(nodes);
      const half = nodes.slice(0, Math.floor(nodesCount / 2));
      simulator.partition(half.map((node) => this.town.host(node)));
      this.operate(partitionMs);
      simulator.heal();
      healed.push(simulator.nowMs);
      this.operate(healMs);
    }
    this.settle();
    return healed;
  }
}

function treeOptions(parameters: Parameters): Partial<PlumtreeOptions> {
  const { announceIntervalMs, flushIntervalMs, graftWaitMs, pruneIntervalMs } = parameters;
  return {
    trees: "per-root",
    announceIntervalMs,
    flushIntervalMs,
    graftWaitMs,
    // Announcements overtake payloads that wait for their pipe: that is no reason to wait longer.
    graftWaitMaxMs: graftWaitMs,
    pruneIntervalMs,
  };
}

function overMedian(counts: readonly number[]): number {
  const sorted = [...counts].sort((a, b) => a - b);
  return rankOf(sorted, 1) / rankOf(sorted, 0.5);
}

function curvesOf(ledger: BroadcastLedger): Curve[] {
  const labels = { chart: "who has an update", xLabel: "ms since it was published" };
  const points = ledger.shares(CURVE_STEP_MS);
  return [{ ...labels, name: "all", yLabel: "share of nodes", points, elsewhere: "last" }];
}

interface Limits {
  readonly source: string;
  readonly messagesCount: number;
  readonly medianMs: number;
  readonly maxMs: number;
}

function expectedOf({ maxMs, medianMs, messagesCount, source }: Limits): ExpectedValues {
  const most = (value: number, by = source): ExpectedValue => ({
    value,
    bound: "atMost",
    of: "eachRun",
    source: by,
  });
  return {
    "messages per operation": most(messagesCount),
    "median latency (ms)": most(medianMs),
    "max latency (ms)": most(maxMs),
    "sent by the busiest (medians)": most(2, "ours"),
    "received by the busiest (medians)": most(2, "ours"),
    "settled after healing (ms)": most(5_000, "ours"),
    "lost copies": most(0, "ours"),
  };
}

interface ChallengeText {
  readonly name: string;
  readonly proves: string;
  readonly source: string;
}

/** `parameters` has all that `common` has. */
function challenge(
  text: ChallengeText,
  own: { readonly neighboursCount: number; readonly flushIntervalMs: number },
  limits: Limits,
): Experiment {
  const parameters = { ...common, ...own };
  return {
    ...text,
    parameters,
    runsCount: 20,
    run: (setting) => {
      const given: Parameters = { ...parameters, ...setting.parameters };
      return new Challenge(setting.seed, given).run();
    },
    expected: expectedOf(limits),
  };
}

export const broadcastLatency = challenge(
  {
    name: "broadcast-latency",
    proves: "25 nodes with 100 ms between them have 100 updates a second everywhere in 0.4 s.",
    source: "Gossip Glomers 3d",
  },
  { neighboursCount: 14, flushIntervalMs: 100 },
  { source: "ours; 3d: 30 messages", messagesCount: 20, medianMs: 400, maxMs: 600 },
);

export const broadcastThroughput = challenge(
  {
    name: "broadcast-throughput",
    proves: "25 nodes spread 100 updates a second with fewer than 8 messages for each.",
    source: "Gossip Glomers 3e",
  },
  { neighboursCount: 6, flushIntervalMs: 200 },
  { source: "ours; 3e: 20 messages", messagesCount: 8, medianMs: 1_000, maxMs: 2_000 },
);
