import type { PeerId } from "../../core/peer.ts";
import type { PathReport, Row, StreamState } from "./reachability.messages.ts";

/**
 * How one member reaches another:
 * `direct` both ways, by itself; `oneWayOut` what it sends arrives, and no answer comes back;
 * `oneWayIn` it hears the other, which does not hear it; `indirect` only by way of others; `none`
 * not at all, as far as it knows; `unknown` it does not say, or has not tried.
 */
export type PathKind = "direct" | "oneWayOut" | "oneWayIn" | "indirect" | "none" | "unknown";

export interface Cell {
  readonly kind: PathKind;
  /** "unanswered" with kind `direct`: only streams pass. */
  readonly packets: "answered" | "unanswered" | "unknown";
  readonly streams: StreamState;
  /** Who reached it for the other last. */
  readonly via: PeerId | undefined;
  /** For how long it has been so; undefined where nothing is wrong, or nothing known. */
  readonly sinceMs: number | undefined;
  /** How old this knowledge is; 0: this node's own. Undefined as above. */
  readonly ageMs: number | undefined;
}

/** Members that are cut off from the same others. */
export interface Side {
  readonly members: readonly PeerId[];
  /** Empty: they reach everybody. */
  readonly cutFrom: readonly PeerId[];
}

/** One cell that is not plainly direct. */
export interface Exception {
  readonly from: PeerId;
  readonly to: PeerId;
  readonly cell: Cell;
}

const direct: Cell = {
  kind: "direct",
  packets: "answered",
  streams: "unknown",
  via: undefined,
  sinceMs: undefined,
  ageMs: undefined,
};
const unknown: Cell = { ...direct, kind: "unknown", packets: "unknown" };

export interface MatrixParts {
  readonly self: PeerId;
  /** What this node itself finds wrong. */
  readonly own: readonly PathReport[];
  readonly rows: readonly Row[];
  readonly isLiving: (peer: PeerId) => boolean;
  /** Others say nothing of themselves. */
  readonly takesPart: (peer: PeerId) => boolean;
  /** Whether this node has ever had an answer of it. */
  readonly isTried: (peer: PeerId) => boolean;
}

interface Told {
  readonly report: PathReport;
  readonly ageMs: number;
}

/** What the rows of all say together, at one moment. Costs what is wrong, not members squared. */
export class Matrix {
  private readonly parts: MatrixParts;
  private readonly rows = new Map<PeerId, Pick<Row, "paths" | "ageMs">>();
  /** Of the nodes that were asked for so far: most questions are about few. */
  private readonly told = new Map<PeerId, ReadonlyMap<PeerId, Told>>();

  constructor(parts: MatrixParts) {
    this.parts = parts;
    const { isLiving, own, rows, self } = parts;
    this.rows.set(self, { paths: own, ageMs: 0 });
    for (const row of rows) if (isLiving(row.node)) this.rows.set(row.node, row);
  }

  cell(from: PeerId, to: PeerId): Cell {
    const told = this.toldBy(from).get(to);
    if (told !== undefined) return this.cellOf(told, from, to);
    if (from === to) return direct;
    const { isLiving, isTried, self, takesPart } = this.parts;
    const isGone = (peer: PeerId): boolean => peer !== self && !isLiving(peer);
    if (isGone(from) || isGone(to)) return unknown;
    if (from === self) return isTried(to) ? direct : unknown;
    return takesPart(from) ? direct : unknown;
  }

  /** Everything that is wrong, in the order in which it was told. */
  *exceptions(): IterableIterator<Exception> {
    for (const from of this.rows.keys()) {
      for (const to of this.toldBy(from).keys()) yield { from, to, cell: this.cell(from, to) };
    }
  }

  /** Neither of the two gets an answer of the other by itself. */
  isCut(one: PeerId, other: PeerId): boolean {
    const isBad = (from: PeerId, to: PeerId): boolean => {
      const { kind } = this.cell(from, to);
      return kind !== "direct" && kind !== "unknown";
    };
    return isBad(one, other) || isBad(other, one);
  }

  /** Members by whom they are cut off from: those of whom nothing is wrong are one side. */
  sides(members: readonly PeerId[]): Side[] {
    const cuts = new Map<PeerId, Set<PeerId>>();
    const note = (one: PeerId, other: PeerId): void => {
      const known = cuts.get(one);
      if (known === undefined) cuts.set(one, new Set([other]));
      else known.add(other);
    };
    for (const { from, to } of this.exceptions()) {
      if (!this.isCut(from, to)) continue;
      note(from, to);
      note(to, from);
    }
    const sides = new Map<string, { members: PeerId[]; cutFrom: PeerId[] }>();
    for (const member of members) {
      const cutFrom = [...(cuts.get(member) ?? [])].sort(byName);
      const key = cutFrom.join("\u0000");
      const side = sides.get(key) ?? { members: [], cutFrom };
      side.members.push(member);
      sides.set(key, side);
    }
    return [...sides.values()].sort((one, other) => one.cutFrom.length - other.cutFrom.length);
  }

  private toldBy(node: PeerId): ReadonlyMap<PeerId, Told> {
    const known = this.told.get(node);
    if (known !== undefined) return known;
    const { isLiving, self } = this.parts;
    const told = new Map<PeerId, Told>();
    const { ageMs, paths } = this.rows.get(node) ?? { ageMs: 0, paths: [] };
    for (const report of paths) {
      const { peer } = report;
      if (peer !== node && (peer === self || isLiving(peer))) told.set(peer, { report, ageMs });
    }
    this.told.set(node, told);
    return told;
  }

  private cellOf({ ageMs, report }: Told, from: PeerId, to: PeerId): Cell {
    const { packets, sinceMs, streams, via } = report;
    const kind = this.kindOf(report, from, to);
    return { kind, packets, streams, via, sinceMs: sinceMs + ageMs, ageMs };
  }

  private kindOf({ hearing, packets, streams, via }: PathReport, from: PeerId, to: PeerId) {
    if (packets === "answered" || streams === "up") return "direct";
    if (hearing === "heard") return "oneWayIn";
    // What arrives at the other end only the other end can tell.
    const back = this.toldBy(to).get(from)?.report;
    if (back?.packets === "unanswered" && back.hearing === "heard") return "oneWayOut";
    return via === undefined ? "none" : "indirect";
  }
}

function byName(one: PeerId, other: PeerId): number {
  return String(one) < String(other) ? -1 : 1;
}
