import { at } from "../../../core/collections/at.ts";
import { Random } from "../../../core/random.ts";
import { sliceOptions } from "../../../node/slice-options.ts";
import type { Stack } from "../../../node/stack/stack.ts";
import type { SimNode } from "../../sim-node.ts";
import { Simulator } from "../../simulator.ts";
import { wholeNode } from "../whole-node.ts";

const SAMPLE_EVERY_MS = 1_000;
const START_MS = 20_000;

export interface BusyTownSetting {
  readonly seed: number;
  readonly nodesCount: number;
  /** How many of them stand still again and again, each in its own time. */
  readonly busyCount: number;
  readonly blockMs: number;
  /** From the begin of a block to the begin of the next. */
  readonly everyMs: number;
  /** Whether nodes say that they are busy. */
  readonly saying: "on" | "off";
}

interface Resident {
  readonly node: SimNode;
  readonly stack: Stack;
}

/** Whole nodes, some of which do not turn for a while, as a process in a long computation. */
export class BusyTown {
  readonly simulator: Simulator;
  /** How often a member that is not busy took a busy one for dead. */
  wronglyDeadCount = 0;
  /** How often anybody took a member for dead that is never busy. */
  wronglyDeadWellCount = 0;
  private readonly setting: BusyTownSetting;
  private readonly residents: Resident[] = [];
  private readonly random: Random;

  constructor(setting: BusyTownSetting) {
    this.setting = setting;
    this.simulator = new Simulator({ seed: setting.seed });
    this.random = Random.derive(setting.seed, "blocks");
    for (let index = 0; index < setting.nodesCount; index += 1) {
      const name = nameOf(index);
      this.simulator.add((host) => this.residents.push(this.reside(host, index)), { name });
    }
    const first = at(this.residents, 0);
    for (const { stack } of this.residents.slice(1)) {
      stack.join(first.node.address, () => {});
    }
    this.simulator.runForMs(START_MS);
  }

  /** Lets the busy ones be busy for so long. */
  run(durationMs: number): void {
    const { blockMs, everyMs } = this.setting;
    const untilMs = this.simulator.nowMs + durationMs;
    const dues = this.busy.map((resident) => ({
      resident,
      dueMs: this.simulator.nowMs + this.random.real() * everyMs,
      turn: "block" as "block" | "resume",
    }));
    let sampleMs = this.simulator.nowMs;
    while (this.simulator.nowMs < untilMs) {
      const nextMs = Math.min(untilMs, sampleMs, ...dues.map(({ dueMs }) => dueMs));
      this.simulator.runForMs(nextMs - this.simulator.nowMs);
      for (const due of dues) {
        if (due.dueMs > this.simulator.nowMs) continue;
        if (due.turn === "block") this.simulator.pause(due.resident.node);
        else this.release(due.resident);
        due.dueMs += due.turn === "block" ? blockMs : everyMs - blockMs;
        due.turn = due.turn === "block" ? "resume" : "block";
      }
      if (sampleMs > this.simulator.nowMs) continue;
      sampleMs += SAMPLE_EVERY_MS;
      for (const { node, stack } of this.residents) if (!node.isPaused) sampled(node, stack, 0);
    }
    for (const resident of this.busy) if (resident.node.isPaused) this.release(resident);
  }

  /** Kills `who`, and tells how long it takes until somebody notices. */
  crash(who: "busy" | "well"): number {
    const victim = at(this.residents, who === "busy" ? 0 : this.setting.busyCount);
    const { simulator } = this;
    simulator.runForMs(SAMPLE_EVERY_MS);
    const name = nameOf(this.residents.indexOf(victim));
    simulator.crash(victim.node, "machine");
    const diedMs = simulator.nowMs;
    const others = this.residents.filter((resident) => resident !== victim);
    const isFound = (): boolean =>
      others.some(({ stack }) => stack.swim.members.get(name)?.status === "dead");
    simulator.runUntil(isFound, 300_000);
    return simulator.nowMs - diedMs;
  }

  private get busy(): readonly Resident[] {
    return this.residents.slice(0, this.setting.busyCount);
  }

  private release({ node, stack }: Resident): void {
    this.simulator.resume(node);
    sampled(node, stack, this.setting.blockMs);
  }

  private reside(host: SimNode, index: number): Resident {
    const degraded = this.setting.saying === "on" ? {} : { degradeAfterMs: 0, recoverBelowMs: 0 };
    const isBusy = (name: string): boolean => Number(name.slice(1)) < this.setting.busyCount;
    const stack = wholeNode(host, {
      name: nameOf(index),
      options: sliceOptions({ degraded }),
      onMembership: (change, { name }) => {
        if (change !== "fail" || isBusy(nameOf(index))) return;
        if (isBusy(name)) this.wronglyDeadCount += 1;
        else this.wronglyDeadWellCount += 1;
      },
    });
    return { node: host, stack };
  }
}

function sampled(node: SimNode, stack: Stack, delayMs: number): void {
  if (node.isAlive) node.step(() => stack.degraded.onSample({ delayMs, gcMs: 0 }));
}

function nameOf(index: number): string {
  return `n${index}`;
}
