import type { VersionHistoryAnswer } from "../../../../../src/agent/routes/versions.messages.ts";

type Answer = VersionHistoryAnswer["versions"][number];
type Dot = Answer["dot"];

/** Writes of a key that are remembered on a page. */
const NODES_MAX_COUNT = 40;

/** A write of one key, as far as it is known. */
export interface VersionNode {
  readonly name: string;
  readonly dot: Dot;
  /**
   * "head": nothing has replaced it. "remembered": it was one since the page was opened, and the
   * store keeps its value no more. "number": the store knows no more of it than that it was.
   */
  readonly kind: "head" | "remembered" | "number";
  /** Absent of a mere number. */
  readonly answer?: Answer;
}

export interface PlacedVersion {
  readonly node: VersionNode;
  /** So many steps from the oldest. */
  readonly column: number;
  /** From the middle of its column; 0 where it stands alone. */
  readonly offset: number;
  /** Names of those that its author had seen, without what one of these had seen. */
  readonly parents: readonly string[];
}

/** What is known of a key now: what the store says, and what it has said before. */
export function remembered(
  before: readonly VersionNode[],
  { replaced, versions }: VersionHistoryAnswer,
): VersionNode[] {
  const nodes = new Map(before.map((node) => [node.name, toRemembered(node)]));
  for (const dot of replaced) {
    const name = nameOf(dot);
    if (!nodes.has(name)) nodes.set(name, { name, dot, kind: "number" });
  }
  for (const answer of versions) {
    const name = nameOf(answer.dot);
    nodes.set(name, { name, dot: answer.dot, kind: "head", answer });
  }
  return [...nodes.values()].sort(byTime).slice(-NODES_MAX_COUNT);
}

/** Oldest first; each column is what came directly after something of the one before. */
export function placedVersions(nodes: readonly VersionNode[]): PlacedVersion[] {
  const parents = new Map(nodes.map((node) => [node.name, parentsOf(node, nodes)]));
  const columns = new Map<string, number>();
  const columnOf = (name: string): number => {
    const known = columns.get(name);
    if (known !== undefined) return known;
    // A store that says that two have seen each other has lost its mind; the page has not.
    columns.set(name, 0);
    const before = parents.get(name) ?? [];
    const column = Math.max(-1, ...before.map(columnOf)) + 1;
    columns.set(name, column);
    return column;
  };
  const placed = nodes.map((node) => {
    return { node, column: columnOf(node.name), parents: parents.get(node.name) ?? [] };
  });
  return placed.map((one) => {
    const mates = placed.filter(({ column }) => column === one.column);
    return { ...one, offset: mates.indexOf(one) - (mates.length - 1) / 2 };
  });
}

function parentsOf(node: VersionNode, nodes: readonly VersionNode[]): string[] {
  const seen = nodes.filter((other) => other !== node && hasSeen(node, other.dot));
  const isDirect = (one: VersionNode): boolean => {
    return !seen.some((other) => other !== one && hasSeen(other, one.dot));
  };
  return seen.filter(isDirect).map(({ name }) => name);
}

function hasSeen({ answer }: VersionNode, { origin, seq }: Dot): boolean {
  const runs = answer?.seen ?? [];
  return runs.some((run) => run.origin === origin && run.first <= seq && seq <= run.last);
}

function toRemembered(node: VersionNode): VersionNode {
  return node.kind === "head" ? { ...node, kind: "remembered" } : node;
}

/** Mere numbers were written before all of which more is known. */
function byTime(one: VersionNode, other: VersionNode): number {
  const [a, b] = [one.answer?.clock, other.answer?.clock];
  if (a === undefined || b === undefined) {
    return Number(a !== undefined) - Number(b !== undefined) || one.dot.seq - other.dot.seq;
  }
  return a.ms - b.ms || a.counter - b.counter || (one.name < other.name ? -1 : 1);
}

function nameOf({ origin, seq }: Dot): string {
  return `${origin}:${seq}`;
}
