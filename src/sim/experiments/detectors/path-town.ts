import { Random } from "../../../core/random.ts";
import { sliceOptions } from "../../../node/slice-options.ts";
import type { Stack } from "../../../node/stack/stack.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import { wholeNode } from "../whole-node.ts";

const LOOK_EVERY_MS = 500;
const START_MS = 20_000;

export interface PathTownSetting {
  readonly seed: number;
  readonly nodesCount: number;
}

interface Resident {
  readonly node: SimNode;
  readonly stack: Stack;
}

/** Whole nodes, and paths between two of them that let nothing pass, one way or both. */
export class PathTown {
  readonly simulator: Simulator;
  /** Suspicions and deaths that anybody was told of. */
  wronglyDoubtedCount = 0;
  /** Messages about paths. */
  sentCount = 0;
  private readonly residents: Resident[] = [];
  private readonly cuts = new Set<string>();
  private readonly random: Random;

  constructor({ nodesCount, seed }: PathTownSetting) {
    this.simulator = new Simulator({ seed });
    this.random = Random.derive(seed, "cuts");
    for (let index = 0; index < nodesCount; index += 1) {
      const name = `n${index}`;
      this.simulator.add((host) => this.residents.push(this.reside(host, name)), { name });
    }
    const [first, ...others] = this.residents;
    for (const { stack } of others) if (first) stack.join(first.node.address, () => {});
    this.simulator.runForMs(START_MS);
  }

  /**
   * Cuts off so many pairs from each other: one way, the other way, both ways, and so on. Nobody is
   * in two, or SWIM's few indirect probes might take the wrong ways by bad luck.
   */
  cut(pairsCount: number): void {
    const shuffled = this.random.shuffle([...this.residents]);
    for (let pair = 0; pair < pairsCount; pair += 1) {
      const [one, other] = shuffled.slice(2 * pair, 2 * pair + 2);
      if (one === undefined || other === undefined) return;
      if (pair % 3 !== 1) this.cutPath(one, other);
      if (pair % 3 !== 0) this.cutPath(other, one);
    }
  }

  mend(): void {
    this.simulator.network.mendAll();
    this.cuts.clear();
  }

  /** Milliseconds until all pictures show what is cut, and nothing else. */
  untilRight(limitMs: number): number {
    const beganMs = this.simulator.nowMs;
    while (this.simulator.nowMs - beganMs < limitMs && this.wrongShare() > 0) {
      this.simulator.runForMs(LOOK_EVERY_MS);
    }
    return this.simulator.nowMs - beganMs;
  }

  /** The mean share of pictures that are wrong, for so long. */
  watch(durationMs: number): number {
    const looksCount = Math.ceil(durationMs / LOOK_EVERY_MS);
    let sum = 0;
    for (let look = 0; look < looksCount; look += 1) {
      this.simulator.runForMs(LOOK_EVERY_MS);
      sum += this.wrongShare();
    }
    return sum / looksCount;
  }

  private cutPath(from: Resident, to: Resident): void {
    this.simulator.network.cut(from.node, to.node);
    this.cuts.add(pathOf(nameOf(from), nameOf(to)));
  }

  private wrongShare(): number {
    const truth = this.truth();
    const wrong = this.residents.filter(({ stack }) => pictureOf(stack) !== truth);
    return wrong.length / this.residents.length;
  }

  /** What every picture should show. */
  private truth(): string {
    const lines = new Set<string>();
    for (const cut of this.cuts) {
      const [from = "", to = ""] = cut.split(">");
      const isBoth = this.cuts.has(pathOf(to, from));
      lines.add(`${from} ${isBoth ? "apart" : "oneWayIn"} ${to}`);
      lines.add(`${to} ${isBoth ? "apart" : "oneWayOut"} ${from}`);
    }
    return [...lines].sort().join();
  }

  private reside(host: SimNode, name: string): Resident {
    const stack = wholeNode(host, {
      name,
      options: sliceOptions({}),
      onMembership: (change) => {
        if (change === "suspect" || change === "fail") this.wronglyDoubtedCount += 1;
      },
      onCount: (what, by) => {
        if (what === "reachability.sent") this.sentCount += by;
      },
    });
    return { node: host, stack };
  }
}

/** Who was reached by way of others for a probe, and who by nobody, is a matter of dice. */
function pictureOf(stack: Stack): string {
  const lines: string[] = [];
  for (const { cell, from, to } of stack.reachability.matrix().exceptions()) {
    const isApart = cell.kind === "indirect" || cell.kind === "none";
    lines.push(`${from} ${isApart ? "apart" : cell.kind} ${to}`);
  }
  return lines.sort().join();
}

function nameOf({ stack }: Resident): string {
  return String(stack.reachability.self);
}

function pathOf(from: string, to: string): string {
  return `${from}>${to}`;
}
