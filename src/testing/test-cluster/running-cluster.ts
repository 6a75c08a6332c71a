import { HearsayError } from "../../core/errors.ts";
import type { HearsayNode } from "../../node/api.ts";
import type { LatencyModel } from "../../sim/latency.ts";
import { packetBytes } from "../../sim/scenario/packet-bytes.wire.ts";
import { overTheWire } from "../../sim/scenario/swim-transcode.wire.ts";
import { Simulator } from "../../sim/simulator.ts";
import type { DiskFaults } from "../../storage/memory-disk.ts";
import { msText } from "./census.ts";
import { Checks } from "./checks.ts";
import type {
  Expectation,
  SetUpOptions,
  TestCluster,
  TestClusterOptions,
  Verdict,
  WaitLimit,
} from "./cluster-api.ts";
import { ClusterNetwork } from "./cluster-network.ts";
import { ClusterTrace } from "./cluster-trace.ts";
import { TestClusterFailure } from "./failure.ts";
import type { Machine } from "./machine.ts";
import { Machines } from "./machines.ts";
import { drainMicrotasks } from "./next-turn.ts";
import { testClusterDefaults as defaults } from "./test-cluster.options.ts";
import { VirtualTime } from "./virtual-time.ts";

type Settled<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "error"; readonly error: unknown };

interface Limit {
  readonly limitMs: number;
  /** Completes "waited … for". */
  readonly what: string;
}

/** A test cluster: the simulator, the machines on it, and what tests may do to them. */
export class RunningCluster<App> implements TestCluster<App> {
  readonly seed: number;
  private readonly simulator: Simulator;
  private readonly time: VirtualTime;
  private readonly network: ClusterNetwork;
  private readonly events: ClusterTrace;
  private readonly machines: Machines<App>;
  private readonly checks: Checks;

  private constructor(options: SetUpOptions<App>) {
    const { seed = 1, traceEventsCount = defaults.traceEventsCount } = options;
    this.seed = seed;
    this.simulator = simulatorOf(options, seed);
    this.time = new VirtualTime(this.simulator);
    this.network = new ClusterNetwork(this.simulator);
    this.events = new ClusterTrace(traceEventsCount);
    this.machines = new Machines(this.simulator, options, {
      onNews: () => this.time.onNews(),
      onMembership: () => this.checks.onMembership(),
      onLog: (machine, level, message) => this.note(`${machine} log ${level}: ${message}`),
    });
    this.checks = new Checks({
      time: this.time,
      machines: this.machines.byName,
      healedAtMs: () => this.network.healedAtMs,
      find: (name) => this.machines.find(name),
      epilogue: () => this.epilogue(),
    });
    this.watch();
  }

  static async create<App>(options: SetUpOptions<App>): Promise<RunningCluster<App>> {
    const cluster = new RunningCluster(options);
    try {
      await cluster.machines.addAll();
      await cluster.form(options);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    return cluster;
  }

  get nowMs(): number {
    return this.simulator.nowMs;
  }

  get names(): readonly string[] {
    return [...this.machines.byName.keys()];
  }

  get nodes(): readonly HearsayNode[] {
    return [...this.machines.byName.values()]
      .filter(({ isRunning }) => isRunning)
      .map(({ node }) => node);
  }

  node(name: string): HearsayNode {
    return this.machines.find(name).node;
  }

  app(name: string): App {
    return this.machines.find(name).app;
  }

  isRunning(name: string): boolean {
    return this.machines.find(name).isRunning;
  }

  async runForMs(durationMs: number): Promise<void> {
    await this.time.runUntil(this.nowMs + durationMs, () => false);
  }

  async until(
    predicate: () => boolean,
    options: WaitLimit & { readonly what?: string } = {},
  ): Promise<void> {
    const { limitMs = defaults.untilLimitMs, what = "the predicate to hold" } = options;
    if (await this.time.runUntil(this.nowMs + limitMs, predicate)) return;
    throw this.failure(`waited ${msText(limitMs)} of virtual time for ${what}, in vain`);
  }

  async run<T>(
    work: PromiseLike<T> | (() => PromiseLike<T>),
    { limitMs = defaults.runLimitMs }: WaitLimit = {},
  ): Promise<T> {
    const promise = typeof work === "function" ? work() : work;
    return this.settle(promise, { limitMs, what: "the promise to settle" });
  }

  delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.simulator.plan(ms, () => {
        this.time.onNews();
        resolve();
      });
    });
  }

  async add(name?: string): Promise<HearsayNode> {
    const machine = await this.machines.add(name);
    await this.open(machine.open());
    return machine.node;
  }

  crash(name: string, what: "process" | "machine" = "process"): void {
    this.running(name).crash(what);
  }

  async restart(
    name: string,
    { disk = "kept" }: { readonly disk?: "kept" | "lost" } = {},
  ): Promise<HearsayNode> {
    const machine = this.machines.find(name);
    if (machine.isRunning) throw refusal(`${name} runs; crash it first`);
    if (disk === "lost") machine.loseDisk();
    this.simulator.restart(machine.sim, { disk });
    this.checks.onMembership();
    await this.open(machine.open());
    return machine.node;
  }

  diskFaults(name: string): DiskFaults {
    return this.machines.find(name).diskFaults;
  }

  pause(name: string): void {
    this.simulator.pause(this.running(name).sim);
    this.checks.onMembership();
  }

  resume(name: string): void {
    this.simulator.resume(this.running(name).sim);
    this.checks.onMembership();
  }

  block(name: string): void {
    this.simulator.block(this.running(name).sim);
    this.checks.onMembership();
  }

  unblock(name: string): void {
    this.simulator.unblock(this.running(name).sim);
    this.checks.onMembership();
  }

  skew(name: string, ms: number): void {
    this.machines.find(name).sim.wallClockSkewMs = ms;
  }

  partition(...groups: readonly (readonly string[])[]): void {
    this.network.partition(
      groups.map((group) => group.map((name) => this.machines.find(name).sim)),
    );
  }

  cut(from: string, to: string): void {
    this.network.cut(this.machines.find(from).sim, this.machines.find(to).sim);
  }

  mend(from: string, to: string): void {
    this.network.mend(this.machines.find(from).sim, this.machines.find(to).sim);
  }

  heal(): void {
    this.network.heal();
  }

  clog(from: string, to: string, durationMs: number): void {
    this.network.clog(this.machines.find(from).sim, this.machines.find(to).sim, durationMs);
  }

  lose(ratio: number): void {
    this.network.lose(ratio);
  }

  duplicate(ratio: number): void {
    this.network.duplicate(ratio);
  }

  reorder(ratio: number, maxMs?: number): void {
    this.network.reorder(ratio, maxMs);
  }

  latency(model: LatencyModel): void {
    this.network.delay(model);
  }

  check(expectation: Expectation): Promise<Verdict> {
    return this.checks.check(expectation);
  }

  trace(listener: (line: string) => void): () => void {
    const stop = this.events.listen(listener);
    this.watch();
    return () => {
      stop();
      this.watch();
    };
  }

  lastTrace(count: number = defaults.traceShownCount): readonly string[] {
    return this.events.last(count);
  }

  async stop(): Promise<void> {
    for (const machine of this.machines.byName.values()) {
      if (machine.isRunning) machine.crash("process");
    }
    // Code on the nodes hears of their end before the test goes on.
    await drainMicrotasks();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async form({ formLimitMs = defaults.formLimitMs, join }: SetUpOptions<App>) {
    const machines = [...this.machines.byName.values()];
    await this.open(Promise.all(machines.map((machine) => machine.open())), formLimitMs);
    if (join === "none" || machines.length === 0) return;
    const verdict = await this.checks.check({ kind: "converge", withinMs: formLimitMs });
    if (!verdict.passed) throw new TestClusterFailure(verdict.message, this.seed);
  }

  private open(opened: Promise<unknown>, limitMs: number = defaults.formLimitMs): Promise<unknown> {
    return this.settle(opened, { limitMs, what: "the setup to end" });
  }

  private running(name: string): Machine<App> {
    const machine = this.machines.find(name);
    if (machine.isRunning) return machine;
    throw refusal(`${name} does not run: it was ${machine.fate}; restart it first`);
  }

  private async settle<T>(promise: PromiseLike<T>, limit: Limit): Promise<T> {
    let settled: Settled<T> | undefined;
    promise.then(
      (value) => {
        settled = { kind: "value", value };
      },
      (error: unknown) => {
        settled = { kind: "error", error };
      },
    );
    await this.time.runUntil(this.nowMs + limit.limitMs, () => settled !== undefined);
    return this.outcome(settled, limit);
  }

  private outcome<T>(settled: Settled<T> | undefined, { limitMs, what }: Limit): T {
    if (settled?.kind === "value") return settled.value;
    if (settled !== undefined) throw settled.error;
    const fix = "real timers and real I/O do not run in virtual time";
    throw this.failure(`waited ${msText(limitMs)} of virtual time for ${what}, in vain; ${fix}`);
  }

  /** The simulator makes the events of its trace only while somebody wants them. */
  private watch(): void {
    const { events, simulator } = this;
    simulator.trace(events.isWanted ? (event) => events.take(event) : undefined);
  }

  private note(text: string): void {
    if (this.events.isWanted) this.events.take(`${this.nowMs.toFixed(3)} ${text}`);
  }

  private failure(what: string): TestClusterFailure {
    return new TestClusterFailure(`${what}\n${this.epilogue()}`, this.seed);
  }

  private epilogue(): string {
    const seed = `seed ${this.seed} gives the same run again (createTestCluster's seed)`;
    const lines = this.lastTrace();
    if (lines.length === 0) return seed;
    const head = `last ${lines.length} of ${this.events.totalCount} events (cluster.lastTrace(n)):`;
    return `${seed}\n${head}\n${lines.map((line) => `  ${line}`).join("\n")}`;
  }
}

function simulatorOf({ messages, network }: TestClusterOptions<unknown>, seed: number): Simulator {
  const wire = messages === "bytes" ? { transcode: overTheWire() } : {};
  return new Simulator({ ...network, ...wire, seed, sizeOf: packetBytes });
}

function refusal(detail: string): HearsayError {
  return new HearsayError("TEST_CLUSTER", detail);
}
