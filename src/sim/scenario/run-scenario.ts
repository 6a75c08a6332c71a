import { FaultApplier } from "../faults/fault-applier.ts";
import { planFaults } from "../faults/plan-faults.ts";
import { Simulator, type SimulatorOptions, type SimVia } from "../simulator.ts";
import type { CheckerPanel } from "./checker-panel.ts";
import { panelOf } from "./checker-panel.ts";
import { packetBytes } from "./packet-bytes.wire.ts";
import { Population } from "./population.ts";
import { drawNodes } from "./read-scenario.ts";
import type { RunReport } from "./report.ts";
import type { Healing, Scenario } from "./scenario.ts";
import { ScenarioWorld } from "./scenario-world.ts";
import { prepareStack } from "./stacks.ts";
import { Workload } from "./workload.ts";

export interface RunOptions {
  /** Default: the scenario's own. */
  readonly seed?: number;
  /** Hears of every event, a line each. */
  readonly trace?: (line: string) => void;
  /** Puts every message through its codec and back. */
  readonly transcode?: NonNullable<SimulatorOptions["transcode"]>;
  /** Told now and then how far the run is. */
  readonly onPass?: (virtualMs: number) => void;
}

/** How often one asks whether the cluster has formed or healed. */
const ASK_MS = 100;

/**
 * Runs a scenario once: the cluster forms; faults and workload; all is mended, and all must agree
 * again. Never throws because of what the protocols do: that is in the report.
 */
export function runScenario(scenario: Scenario, options: RunOptions = {}): RunReport {
  return new ScenarioRun(scenario, options).run();
}

class ScenarioRun {
  private readonly scenario: Scenario;
  private readonly seed: number;
  private readonly onPass: RunOptions["onPass"];
  private readonly simulator: Simulator;
  private readonly world: ScenarioWorld;
  private readonly population: Population;
  private readonly applier: FaultApplier;
  private readonly panel: CheckerPanel;
  private faultsCount = 0;
  private formedMs: number | undefined;
  private healedMs: number | undefined;
  private nextSampleMs = 0;

  constructor(scenario: Scenario, options: RunOptions) {
    const seed = options.seed ?? scenario.seed;
    this.scenario = scenario;
    this.seed = seed;
    this.onPass = options.onPass;
    const world = new ScenarioWorld(scenario, seed, () => this.simulator.nowMs);
    this.world = world;
    this.simulator = makeSimulator({ scenario, seed, world, options });
    this.panel = panelOf(scenario, world);
    this.population = new Population(this.simulator, prepareStack(scenario), {
      form: scenario.form,
      listener: {
        onMembership: (...told) => this.panel.onMembership(...told),
        onPublished: (...told) => this.panel.onPublished(...told),
        onDelivered: (...told) => this.panel.onDelivered(...told),
        onLeft: (node) => this.simulator.plan(0, () => this.end(node)),
      },
    });
    world.population = this.population;
    this.applier = new FaultApplier(this.simulator, world.truth, {
      onCrash: (node) => {
        this.panel.onCrash(node);
        this.population.forget(node);
      },
      onRestart: (node) => this.panel.onRestart(node),
    });
  }

  run(): RunReport {
    let broken: string | undefined;
    try {
      this.go();
    } catch (error) {
      broken = error instanceof Error ? error.message : String(error);
    }
    return this.report(broken);
  }

  private go(): void {
    const { durationMs, form, heal, nodes, faults } = this.scenario;
    for (let index = 0; index < nodes; index += 1) {
      const delayMs = (form.spreadMs * index) / nodes;
      this.simulator.plan(delayMs, () => this.population.add());
    }
    this.formedMs = this.waitForAgreement(form.withinMs);
    if (this.formedMs === undefined) return;
    const draw = drawNodes(this.scenario, this.seed);
    const plan = planFaults(faults, draw);
    this.faultsCount = plan.length;
    this.world.begin(this.simulator.nowMs);
    this.panel.onStart();
    this.applier.schedule(plan);
    new Workload(this.scenario, { simulator: this.simulator, ...this.ports(), draw }).schedule();
    this.pass(durationMs);
    if (heal !== undefined) this.heal(heal);
  }

  private ports(): { population: Population; world: ScenarioWorld; panel: CheckerPanel } {
    return { population: this.population, world: this.world, panel: this.panel };
  }

  private heal(heal: Healing): void {
    this.applier.endAll();
    if (heal.restart === "crashed") this.applier.restartAll();
    this.healedMs = this.waitForAgreement(heal.withinMs, heal.quietMs);
    this.panel.onHealed(this.healedMs);
  }

  /**
   * Runs until all agree, and have done so for `quietMs`: what somebody suspected before may still
   * come out after they agreed for a moment.
   * @returns when the lasting agreement began; undefined when it did not in time.
   */
  private waitForAgreement(withinMs: number, quietMs = 0): number | undefined {
    const beganMs = this.simulator.nowMs;
    let agreedMs: number | undefined;
    for (;;) {
      const tookMs = this.simulator.nowMs - beganMs;
      agreedMs = this.isAgreed() ? (agreedMs ?? tookMs) : undefined;
      if (agreedMs !== undefined && tookMs - agreedMs >= quietMs) return agreedMs;
      if (agreedMs === undefined && tookMs >= withinMs) return undefined;
      this.pass(ASK_MS);
    }
  }

  private isAgreed(): boolean {
    return this.simulator.nodes.length === this.scenario.nodes && this.world.isConverged();
  }

  /** Lets time pass, with a look at the whole now and then once it counts. */
  private pass(durationMs: number): void {
    const endMs = this.simulator.nowMs + durationMs;
    while (this.simulator.nowMs < endMs) {
      const untilMs = this.world.hasBegun ? Math.min(endMs, this.nextSampleMs) : endMs;
      this.simulator.runForMs(Math.max(0, untilMs - this.simulator.nowMs));
      this.onPass?.(this.simulator.nowMs);
      if (!this.world.hasBegun || this.simulator.nowMs < this.nextSampleMs) continue;
      this.nextSampleMs = this.simulator.nowMs + this.scenario.sampleMs;
      this.panel.onSample();
    }
  }

  /** The goodbye was said: its process ends. */
  private end(node: number): void {
    const host = this.simulator.nodes[node];
    if (host === undefined || !this.world.truth.has(node, "left") || !host.isAlive) return;
    this.population.forget(node);
    this.world.truth.begin(node, "down");
    this.simulator.crash(host);
  }

  private report(broken: string | undefined): RunReport {
    const checkers = broken === undefined && this.formedMs !== undefined ? this.panel.finish() : [];
    const isWhole = broken === undefined && this.formedMs !== undefined;
    return {
      scenario: this.scenario.name,
      seed: this.seed,
      passed: isWhole && checkers.every((checker) => checker.passed),
      nodes: this.scenario.nodes,
      formedMs: this.formedMs,
      healedMs: this.healedMs,
      virtualMs: this.simulator.nowMs,
      eventsCount: this.simulator.counts.events,
      packetsCount: this.simulator.counts.packetsSent,
      faultsCount: this.faultsCount,
      broken,
      checkers,
      counters: this.population.counters.snapshot(),
    };
  }
}

interface SimulatorParts {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly world: ScenarioWorld;
  readonly options: RunOptions;
}

function makeSimulator({ scenario, seed, world, options }: SimulatorParts): Simulator {
  const { transcode } = options;
  const isMeasured = scenario.checkers.load !== undefined;
  const sizeOf = (message: unknown): number => packetBytes(message);
  const carry = (message: unknown, via: SimVia): unknown => {
    if (isMeasured && via === "packet") world.traffic.bytes += packetBytes(message);
    return transcode === undefined ? message : transcode(message, via);
  };
  const hasCarry = isMeasured || transcode !== undefined;
  const { network } = scenario;
  const simulator = new Simulator({
    seed,
    ...network,
    sizeOf,
    ...(hasCarry ? { transcode: carry } : {}),
  });
  world.counts = simulator.counts;
  if (options.trace !== undefined) simulator.traceText(options.trace);
  return simulator;
}
