import type { Estimate, MachineWiring } from "../../data/aggregate/aggregate.contract.ts";
import type { AggregateOptions } from "../../data/aggregate/aggregate.options.ts";
import { HeavyHitters } from "../../data/aggregate/heavy-hitters.ts";
import {
  distinctErrorRatio,
  distinctRegisters,
  HyperLogLog,
} from "../../data/aggregate/hyper-log-log.ts";
import { OriginRecords } from "../../data/aggregate/origin-records.ts";
import { Registers } from "../../data/aggregate/registers.ts";
import type { AggregateTask } from "../../data/aggregate/task.ts";
import type { TopItem } from "./aggregates.api.ts";

/** Standard errors on either side that hold 95 of 100 estimates. */
const SIGMAS_OF_95 = 1.96;

interface ItemsParts {
  readonly name: string;
  readonly wiring: MachineWiring;
  readonly options: AggregateOptions;
}

/** The items that nodes counted most often: each node's table by origin, merged by the reader. */
export class TopItems implements AggregateTask {
  readonly name: string;
  readonly machines: AggregateTask["machines"];
  private readonly options: AggregateOptions;
  private readonly records: OriginRecords;
  private readonly own: HeavyHitters;
  private isOwnNew = false;

  constructor({ name, options, wiring }: ItemsParts) {
    this.name = name;
    this.options = options;
    this.own = new HeavyHitters(options.hittersMaxCount);
    this.records = new OriginRecords({ task: name, wiring, options });
    this.machines = [{ kind: "records", task: name, machine: this.records }];
  }

  /** When something was last heard of it. */
  get lastChangeMs(): number {
    return this.records.lastChangeMs;
  }

  hit(item: string, times: number): void {
    this.own.add(item, times);
    this.isOwnNew = true;
  }

  onRound(): void {
    if (!this.isOwnNew) return;
    this.isOwnNew = false;
    this.records.setOwn(this.own.encode());
  }

  /** The first `count`, and by how much any count may be too low. */
  read(count: number): { readonly items: readonly TopItem[]; readonly lost: number } {
    const { hittersMaxCount } = this.options;
    // Merged in a table that holds them all: it is only here that nothing need be cut.
    const merged = new HeavyHitters(hittersMaxCount * (this.records.originsCount + 1));
    for (const { bytes } of this.records.records()) {
      const table = HeavyHitters.decode(bytes, hittersMaxCount);
      if (table !== undefined) merged.merge(table);
    }
    const all = merged.top();
    const next = all[count];
    const unlisted = next?.atMost ?? merged.lost;
    const items = all.slice(0, count).map((hitter) => {
      return { ...hitter, certain: hitter.atLeast > unlisted };
    });
    return { items, lost: merged.lost };
  }
}

/** How many different items nodes counted, by registers that all merge. */
export class DistinctItems implements AggregateTask {
  readonly name: string;
  readonly machines: AggregateTask["machines"];
  private readonly wiring: MachineWiring;
  private readonly registers: Registers;
  private readonly own = new HyperLogLog();
  private ownBytes: Uint8Array | undefined;
  private isOwnNew = false;

  constructor({ name, options, wiring }: ItemsParts) {
    this.name = name;
    this.wiring = wiring;
    this.registers = new Registers({
      task: name,
      form: "distinct",
      wiring,
      options,
      mergeable: distinctRegisters,
      own: () => this.ownBytes,
    });
    this.machines = [{ kind: "registers", task: name, machine: this.registers }];
  }

  hit(item: string): void {
    this.own.add(item);
    this.isOwnNew = true;
  }

  onRound(): void {
    if (!this.isOwnNew) return;
    this.isOwnNew = false;
    this.ownBytes = this.own.encode();
  }

  read(): Omit<Estimate, "stale"> | undefined {
    const read = this.registers.read();
    const merged = read && HyperLogLog.decode(read.bytes);
    if (read === undefined || merged === undefined) return undefined;
    const value = merged.estimate();
    const { epoch, finishedAtMs, rounds } = read;
    const errorBound = SIGMAS_OF_95 * distinctErrorRatio * value;
    return { value, errorBound, ageMs: this.wiring.now() - finishedAtMs, epoch, rounds };
  }
}
