import type { JournalPosition } from "../core/env.ts";
import type { JournalChannel } from "../core/journal-channel.ts";
import { Random } from "../core/random.ts";
import { Journal } from "../storage/journal.ts";
import { MemoryDisk } from "../storage/memory-disk.ts";
import type { DiskPart } from "./sim-disk.ts";
import { ActionEvent } from "./sim-event.ts";
import type { SimNode } from "./sim-node.ts";

/** Whoever waits for the disk. */
export interface JournalEar {
  onDurable(position: JournalPosition): void;
}

/**
 * The journal of one simulated machine: the real one (`storage/journal.ts`) on a disk in memory
 * that takes time and, when its machine loses power, forgets or tears what was not synced.
 */
export class SimJournal implements DiskPart {
  readonly disk: MemoryDisk;
  /** What each of its operations takes longer; may be changed at any time. */
  slowMs = 0;
  private readonly node: SimNode;
  private readonly random: Random;
  private journal: Journal | undefined;
  private ears: JournalEar[] = [];
  private isFlushing = false;

  private constructor(node: SimNode) {
    const { seed } = node.simulator;
    this.node = node;
    this.random = Random.derive(seed, node.index, "disk time");
    const later = (body: () => void): void => this.later(body);
    this.disk = new MemoryDisk(Random.derive(seed, node.index, "disk"), later, node.name);
  }

  static of(node: SimNode): SimJournal {
    const { disk } = node;
    if (disk.part instanceof SimJournal) return disk.part;
    const made = new SimJournal(node);
    disk.part = made;
    return made;
  }

  /** Everything up to here survives a crash. */
  get durable(): JournalPosition {
    return this.open().durable;
  }

  channel(name: string, ear: JournalEar): JournalChannel {
    this.ears.push(ear);
    return this.open().channel(name);
  }

  /** Lets what the step has appended go to the disk when it ends. */
  flushAfterStep(): void {
    if (this.isFlushing) return;
    this.isFlushing = true;
    const journal = this.open();
    this.node.afterStep(() => {
      this.isFlushing = false;
      journal.flush();
    });
  }

  onDeath(condition: "dead" | "gone"): void {
    this.journal = undefined;
    this.ears = [];
    this.isFlushing = false;
    if (condition === "dead") this.disk.abandon();
    else this.disk.crash();
  }

  lose(): void {
    this.disk.wipe();
  }

  private open(): Journal {
    this.journal ??= new Journal(this.disk, {
      onDurable: (position) => {
        for (const ear of [...this.ears]) ear.onDurable(position);
      },
      // A failed sync stops the node. [DESIGN section 3]
      onFailure: () => this.node.simulator.crash(this.node, "machine"),
    });
    return this.journal;
  }

  private later(body: () => void): void {
    const { engine, options } = this.node.simulator;
    const { diskLatencyMaxMs: maxMs, diskLatencyMinMs: minMs } = options;
    const delayMs = this.slowMs + minMs + this.random.real() * (maxMs - minMs);
    const end = new ActionEvent(() => {
      // A process that stands still does not hear that its disk is done.
      if (this.node.isPaused) this.node.holds.keep(new ActionEvent(body));
      else body();
    });
    engine.schedule(delayMs, end);
  }
}
