import { HearsayError } from "../../core/errors.ts";
import { Random } from "../../core/random.ts";
import type { Fault, FaultTime, NodeChoice, PlannedFault } from "./fault.ts";

/** Most lines of a plan once its repetitions are written out. */
const PLAN_MAX_COUNT = 200_000;

/** Named sets of nodes that do not overlap. */
export type Groups = ReadonlyMap<string, readonly number[]>;

/** Draws who is who: the groups first, then whoever a line of a plan draws for itself. */
export class NodeDraw {
  private readonly nodesCount: number;
  private readonly groups: Groups;
  private readonly seed: number;

  /** @throws HearsayError SCENARIO_INVALID when the groups need more nodes than there are. */
  constructor(seed: number, nodesCount: number, choices: ReadonlyMap<string, NodeChoice>) {
    this.seed = seed;
    this.nodesCount = nodesCount;
    this.groups = drawGroups(Random.derive(seed, "groups"), nodesCount, choices);
  }

  /**
   * The numbers of whom `choice` means, in order. `line` names its dice: another line of the plan
   * gone or added changes nothing here.
   */
  resolve(choice: NodeChoice, path: string, line: string): readonly number[] {
    if (typeof choice === "string") return this.group(choice, path);
    if (isNumbers(choice)) return this.numbers(choice, path);
    const count = countOf(choice, this.nodesCount);
    const random = Random.derive(this.seed, "choice", line);
    return random.sampleIndexes(this.nodesCount, count).sort((a, b) => a - b);
  }

  private group(name: string, path: string): readonly number[] {
    const group = this.groups.get(name);
    if (group !== undefined) return group;
    const known = [...this.groups.keys()].join(", ");
    throw problem(`${path} names the group "${name}", which does not exist. Known: ${known}.`);
  }

  private numbers(numbers: readonly number[], path: string): readonly number[] {
    const outside = numbers.find((number) => number >= this.nodesCount);
    if (outside === undefined) return numbers;
    const last = this.nodesCount - 1;
    throw problem(`${path} names node ${outside}, but nodes are numbered 0 to ${last}.`);
  }
}

/** Writes every repetition out and draws everybody: what then happens is all in the list. */
export function planFaults(faults: readonly Fault[], draw: NodeDraw): PlannedFault[] {
  const planned: PlannedFault[] = [];
  for (const [index, fault] of faults.entries()) {
    const path = `faults[${index}]`;
    for (const [turn, atMs] of momentsOf(fault).entries()) {
      planned.push(planOne({ ...fault, atMs }, { draw, path, line: `${path}#${turn}` }));
      if (planned.length > PLAN_MAX_COUNT) throw problem(`${path}: more than 200,000 faults.`);
    }
  }
  return planned.sort((a, b) => a.atMs - b.atMs);
}

/** When a line of a plan or workload happens. */
export function momentsOf(time: Omit<FaultTime, "forMs">): number[] {
  const { atMs, everyMs = 0, timesCount = 1 } = time;
  return Array.from({ length: timesCount }, (_, turn) => atMs + turn * everyMs);
}

interface Line {
  readonly draw: NodeDraw;
  readonly path: string;
  readonly line: string;
}

function planOne(fault: Fault, { draw, path, line }: Line): PlannedFault {
  const { everyMs: _everyMs, timesCount: _timesCount, ...rest } = fault;
  const whom = (choice: NodeChoice, name: string): readonly number[] =>
    draw.resolve(choice, `${path}.${name}`, `${line}.${name}`);
  switch (rest.do) {
    case "partition":
      return { ...rest, sides: rest.sides.map((side, at) => whom(side, `sides[${at}]`)) };
    case "cut":
    case "mend":
    case "clog":
      return { ...rest, from: whom(rest.from, "from"), to: whom(rest.to, "to") };
    case "crash":
    case "restart":
    case "pause":
    case "resume":
    case "block":
    case "unblock":
    case "skew":
    case "drift":
      return { ...rest, nodes: whom(rest.nodes, "nodes") };
    default:
      return rest;
  }
}

function drawGroups(
  random: Random,
  nodesCount: number,
  choices: ReadonlyMap<string, NodeChoice>,
): Groups {
  const all = Array.from({ length: nodesCount }, (_, index) => index);
  const free = new Set(all);
  const groups = new Map<string, readonly number[]>([["all", all]]);
  for (const [name, choice] of choices) {
    const members = takeGroup(random, { name, choice, free, nodesCount });
    for (const member of members) free.delete(member);
    groups.set(name, members);
  }
  groups.set("rest", [...free]);
  return groups;
}

interface GroupWish {
  readonly name: string;
  readonly choice: NodeChoice;
  readonly free: ReadonlySet<number>;
  readonly nodesCount: number;
}

function takeGroup(random: Random, { name, choice, free, nodesCount }: GroupWish): number[] {
  const path = `groups.${name}`;
  if (typeof choice === "string") throw problem(`${path} must say how many, not name a group.`);
  if (isNumbers(choice)) {
    const taken = choice.find((number) => !free.has(number));
    if (taken === undefined) return [...choice];
    throw problem(`${path}: node ${taken} is in another group, or above ${nodesCount - 1}.`);
  }
  const count = countOf(choice, nodesCount);
  const left = [...free];
  if (count > left.length) {
    throw problem(`${path} wants ${count} nodes, but ${left.length} of ${nodesCount} are left.`);
  }
  return random
    .sampleIndexes(left.length, count)
    .map((index) => left[index] ?? 0)
    .sort((a, b) => a - b);
}

function countOf(choice: { count: number } | { ratio: number }, nodesCount: number): number {
  if ("count" in choice) return Math.min(choice.count, nodesCount);
  return Math.max(1, Math.round(choice.ratio * nodesCount));
}

function isNumbers(choice: NodeChoice): choice is readonly number[] {
  return Array.isArray(choice);
}

function problem(text: string): HearsayError {
  return new HearsayError("SCENARIO_INVALID", text);
}
