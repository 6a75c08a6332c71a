/** One run of the swarm of data on whole nodes: a storm, a calm, a cleaning, and judgement. */
import { Random } from "../../../src/core/random.ts";
import { createTestCluster, type TestCluster } from "../../../src/testing/index.ts";
import type { ColumnRun, NodeColumn } from "./data-column.ts";
import { type FaultName, planStorm, type Storm } from "./data-faults.ts";
import { Ledger } from "./ledger.ts";

export interface NodeCase {
  readonly seed: number;
  readonly column: NodeColumn;
  readonly way: string;
  readonly faults: readonly FaultName[];
}

const STORM_MS = 30_000;
const STEP_MS = 60;
/** All have found each other again after the worst of storms, twice over. */
const CALM_LIMIT_MS = 240_000;
/** Deletions are held for three seconds; then whoever is still away holds them. */
const CLEANING_MS = 15_000;
/** [because: what is stable is known some rounds later, and looked for every ten seconds] */
const LET_GO_LIMIT_MS = 120_000;
/** Writes at one instant, just before a crash. */
const HURRIED_COUNT = 4;
const NODES_MIN = 4;

/** What was broken, in words; empty when all was kept. */
export async function runOnNodes(given: NodeCase): Promise<string[]> {
  const { column, seed, way } = given;
  const random = Random.derive(seed, "data swarm");
  const ledger = new Ledger();
  const run = column.begin({ random, ledger, way });
  await using cluster = await createTestCluster({
    nodes: NODES_MIN + random.below(3),
    seed,
    // One in four goes by bytes, as real ones do, and takes several times as long.
    messages: seed % 4 === 0 ? "bytes" : "objects",
    options: { profile: "local", ...column.options?.(way) },
    setup: (node) => run.open(node),
    traceEventsCount: 0,
  });
  return await new DataRun({ cluster, ledger, random, run }).judge(given);
}

interface DataRunParts {
  readonly cluster: TestCluster<unknown>;
  readonly ledger: Ledger;
  readonly random: Random;
  readonly run: ColumnRun;
}

class DataRun {
  private readonly cluster: TestCluster<unknown>;
  private readonly random: Random;
  private readonly ledger: Ledger;
  private readonly run: ColumnRun;
  private readonly away = new Set<string>();

  constructor({ cluster, ledger, random, run }: DataRunParts) {
    this.cluster = cluster;
    this.random = random;
    this.ledger = ledger;
    this.run = run;
  }

  async judge({ faults }: NodeCase): Promise<string[]> {
    const late = await this.settleIn();
    if (late !== undefined) return [late];
    await this.weather(faults);
    const unlike = await this.becomeAlike();
    if (unlike !== undefined) return [`after the storm ${unlike}`];
    const broken = await this.askAll((node) => this.run.broken(node));
    if (this.ledger.acknowledgedRatio < 0.5) {
      broken.push(`only ${this.ledger.acknowledgedRatio} of the writes were acknowledged`);
    }
    if (broken.length > 0) return broken;
    return this.run.clear === undefined ? this.excess() : this.clean();
  }

  /** Models that begin together do so before anything goes wrong. */
  private async settleIn(): Promise<string | undefined> {
    const { cluster, run } = this;
    const isReady = (): boolean =>
      cluster.nodes.every((node) => run.isReady?.(node, cluster.names.length) ?? true);
    for (const endMs = cluster.nowMs + CALM_LIMIT_MS; !isReady(); ) {
      if (cluster.nowMs >= endMs) return "nodes never began together";
      await cluster.runForMs(500);
    }
    return undefined;
  }

  /** Clients are busy while whatever was drawn happens. */
  private async weather(faults: readonly FaultName[]): Promise<void> {
    const { away, cluster, ledger, random, run } = this;
    const storm: Storm = {
      cluster,
      random,
      away,
      durationMs: STORM_MS,
      hurry: (name) => {
        for (let left = HURRIED_COUNT; left > 0; left -= 1) run.act(cluster.node(name));
      },
      onCrash: (name, disk) => {
        if (disk === "lost") ledger.loseDisk(name);
        run.onCrash?.(name, disk);
      },
    };
    const acts = planStorm(storm, faults);
    const beganMs = cluster.nowMs;
    for (let next = acts.shift(); next !== undefined; next = acts.shift()) {
      while (cluster.nowMs < beganMs + next.atMs) {
        this.write();
        const leftMs = beganMs + next.atMs - cluster.nowMs;
        await cluster.runForMs(Math.min(STEP_MS, leftMs));
      }
      await next.run();
    }
  }

  private write(): void {
    const { away, cluster, random, run } = this;
    const name = random.pick(cluster.names);
    if (name === undefined || away.has(name) || random.chance(0.2)) return;
    run.act(cluster.node(name));
  }

  /** What still differs when time is over. */
  private async becomeAlike(): Promise<string | undefined> {
    const { cluster } = this;
    const endMs = cluster.nowMs + CALM_LIMIT_MS;
    for (;;) {
      const pictures = new Map<string, string[]>();
      for (const node of cluster.nodes) {
        const picture = await cluster.run(async () => this.run.picture(node));
        pictures.set(picture, [...(pictures.get(picture) ?? []), node.name]);
      }
      const isQuiet = cluster.nodes.every((node) => this.run.isQuiet?.(node) ?? true);
      if (pictures.size === 1 && isQuiet) return undefined;
      if (cluster.nowMs >= endMs) return `nodes differ for ever: ${differences(pictures)}`;
      await cluster.runForMs(1_000);
    }
  }

  /** Everything is deleted while one is away, who then comes back with all it had. */
  private async clean(): Promise<string[]> {
    const { cluster, random, run } = this;
    const [absent = "", ...others] = random.shuffle([...cluster.names]);
    const how = random.pick(["crashed", "stopped", "cut off", "there"] as const) ?? "there";
    if (how === "crashed") cluster.crash(absent, random.chance(0.5) ? "process" : "machine");
    if (how === "stopped") cluster.pause(absent);
    if (how === "cut off") cluster.partition([absent]);
    const deleters = how === "there" ? [absent, ...others] : others;
    for (const name of deleters) {
      const node = cluster.node(name);
      await cluster.run(async () => run.clear?.(node));
      await cluster.runForMs(500);
    }
    await cluster.runForMs(CLEANING_MS);
    if (how === "crashed") {
      run.onCrash?.(absent, "kept");
      await cluster.restart(absent);
    }
    if (how === "stopped") cluster.resume(absent);
    cluster.heal();
    const unlike = await this.becomeAlike();
    if (unlike !== undefined) return [`after the cleaning (${absent} ${how}) ${unlike}`];
    await cluster.runForMs(CLEANING_MS);
    const undead = await this.askAll((node) => run.undead?.(node) ?? []);
    const broken = await this.askAll((node) => run.broken(node));
    return [...undead, ...broken, ...(await this.excess())].map(
      (what) => `${what} (${absent} was ${how})`,
    );
  }

  /** What is kept without need, when there was time to let go of it. */
  private async excess(): Promise<string[]> {
    const { cluster, run } = this;
    const endMs = cluster.nowMs + LET_GO_LIMIT_MS;
    for (;;) {
      const excess = await this.askAll((node) => run.excess?.(node) ?? []);
      if (excess.length === 0 || cluster.nowMs >= endMs) return excess;
      await cluster.runForMs(5_000);
    }
  }

  private async askAll(
    ask: (node: TestCluster["nodes"][number]) => string[] | Promise<string[]>,
  ): Promise<string[]> {
    const answers: string[] = [];
    for (const node of this.cluster.nodes) {
      answers.push(...(await this.cluster.run(async () => ask(node))));
    }
    return answers;
  }
}

/** The lines that some have and others have not. */
function differences(pictures: ReadonlyMap<string, readonly string[]>): string {
  const all = [...pictures].map(([picture, names]) => ({
    names,
    lines: new Set(picture.split("\n")),
  }));
  return all
    .map(({ lines, names }) => {
      const own = [...lines].filter((line) => !all.every((other) => other.lines.has(line)));
      return `${names.join()}: ${own.slice(0, 4).join("; ")}`;
    })
    .join(" | ");
}
