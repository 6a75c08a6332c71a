/**
 * One contender on one course, in a process of its own, so that neither memory nor compiled code is
 * shared: started by bench/sim.bench.ts with the fields of a `CourseOrder` as its arguments, prints
 * a `CourseReport`.
 */
import { BareGossip } from "./bare-gossip.ts";
import { NaiveGossip } from "./naive-gossip.ts";
import type { GossipContender, GossipCourse } from "./push-gossip.ts";
import { SimulatedGossip } from "./simulated-gossip.ts";

/** Peers a node tells: 99 of 100 hear of a rumour. */
const FANOUT_COUNT = 5;
/** Less than this and the contenders did not run the same gossip. */
const COVERAGE_LEAST = 0.96;

export type ContenderName = "simulator" | "bare" | "naive";

export interface CourseOrder {
  readonly contender: ContenderName;
  readonly nodesCount: number;
  /** Rumours before those that are measured, besides the cold one. */
  readonly warmUpCount: number;
  /** None: only building and the cold rumour are of interest. */
  readonly rumorsCount: number;
}

export interface Stretch {
  readonly eventsCount: number;
  readonly cpuSeconds: number;
}

export interface CourseReport {
  readonly buildCpuSeconds: number;
  /** The very first rumour, nothing compiled yet. */
  readonly cold: Stretch;
  readonly steady: Stretch;
  readonly wallSeconds: number;
  readonly memoryBytes: number;
}

const contenders: Readonly<Record<ContenderName, new (course: GossipCourse) => GossipContender>> = {
  simulator: SimulatedGossip,
  bare: BareGossip,
  naive: NaiveGossip,
};

function runCourse(order: CourseOrder): CourseReport {
  const { contender: name, nodesCount, warmUpCount, rumorsCount } = order;
  const course = { nodesCount, fanoutCount: FANOUT_COUNT, heardCount: 0 };
  const builtFrom = cpuSeconds();
  const wallFrom = performance.now();
  const contender = new contenders[name](course);
  const buildCpuSeconds = cpuSeconds() - builtFrom;
  const cold = stretch(contender, 1);
  stretch(contender, warmUpCount);
  const steady = stretch(contender, rumorsCount);
  const coverage = course.heardCount / nodesCount / (1 + warmUpCount + rumorsCount);
  if (coverage < COVERAGE_LEAST) throw new Error(`${name}: only ${coverage} heard a rumour`);
  return {
    buildCpuSeconds,
    cold,
    steady,
    wallSeconds: (performance.now() - wallFrom) / 1_000,
    memoryBytes: process.resourceUsage().maxRSS * 1_024,
  };
}

function stretch(contender: GossipContender, rumorsCount: number): Stretch {
  const [cpuFrom, eventsFrom] = [cpuSeconds(), contender.eventsCount];
  if (rumorsCount > 0) contender.spread(rumorsCount);
  const eventsCount = contender.eventsCount - eventsFrom;
  return { eventsCount, cpuSeconds: cpuSeconds() - cpuFrom };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const [name = "", ...numbers] = process.argv.slice(2);
const [nodesCount = 0, warmUpCount = 0, rumorsCount = 0] = numbers.map(Number);
if (!isContender(name)) throw new Error("contender, nodes, warm-up rumours and rumours, please");
console.log(JSON.stringify(runCourse({ contender: name, nodesCount, warmUpCount, rumorsCount })));

function isContender(text: string): text is ContenderName {
  return Object.hasOwn(contenders, text);
}
