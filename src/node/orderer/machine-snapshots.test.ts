import { describe, expect, it } from "vitest";
import type { JournalPosition } from "../../core/env.ts";
import { Counters } from "../../core/metrics.ts";
import type { MachineOrder, OrderedMachine } from "../../core/ordered-machine.ts";
import type { OrderedCommand, Orderer } from "../../core/orderer.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { orderedMachinesOptions } from "../../data/ordered-machines/ordered-machines.options.ts";
import { OrderedMachines } from "../../data/ordered-machines/ordered-machines.ts";
import { machinesCodec } from "../../data/ordered-machines/ordered-machines.wire.ts";
import { FakeJournalChannel } from "../../testing/fake-journal-channel.ts";
import { FakeOrder, type FakeOrderer } from "../../testing/fake-orderer.ts";
import type { DurableStore } from "../durable/durable-ports.ts";
import type { LinkUser } from "../links/links.contract.ts";
import { KeepingOrderer } from "./kept-state.ts";
import { MachineSnapshots } from "./machine-snapshots.ts";

/** All commands so far, as one text. */
class Text implements OrderedMachine {
  text = "";
  readonly order: MachineOrder;
  constructor(order: MachineOrder) {
    this.order = order;
  }
  onCommand({ command }: OrderedCommand): void {
    this.text += decodeUtf8(command);
  }
  snapshot(): Uint8Array {
    return encodeUtf8(this.text);
  }
  restore(_position: unknown, state: Uint8Array): boolean {
    this.text = decodeUtf8(state);
    return true;
  }
  onOutcome(): void {}
  onStatus(): void {}
}

/** One life of a node: what it keeps, and the way to others. */
class Node {
  readonly disk: FakeJournalChannel;
  readonly orderer: KeepingOrderer;
  readonly machines: OrderedMachines;
  readonly snapshots: MachineSnapshots;
  readonly counts: string[] = [];
  user: LinkUser | undefined;
  done: (() => void)[] = [];
  readonly text: Text;
  readonly name: string;

  constructor(town: Town, engine: Orderer, disk = new FakeJournalChannel()) {
    this.disk = disk;
    const self = peerId(`p${town.nodes.length + 1}`);
    const store: DurableStore = {
      durablePosition: 0 as JournalPosition,
      asideChannel: () => this.channel(disk),
      afterWrites: (run) => run(),
    };
    const inStep = (body: () => void): void => body();
    this.orderer = new KeepingOrderer(engine, { store, name: "order/x", inStep });
    const host = { onSnapshotNeeded: () => this.snapshots.onNeeded() };
    const kinds = new Map([["text", (_: string, order: MachineOrder) => new Text(order)]]);
    const wiring = { orderer: this.orderer, kinds, codec: machinesCodec, host };
    this.machines = new OrderedMachines(
      { ...wiring, counters: new Counters() },
      orderedMachinesOptions(),
    );
    this.snapshots = new MachineSnapshots({
      // Deadlines are far away.
      timers: {
        startTimer: (fire, delayMs) => (delayMs > 1_000 ? 0 : town.tasks.push(fire)),
        stopTimer: () => {},
      },
      now: () => 0,
      wallClock: () => 0,
      step: (body) => body(),
      afterStep: (body) => body(),
      checkRunning: () => {},
      onDropped: () => {},
      onCallbackError: () => {},
      count: (name) => this.counts.push(name),
      group: "main",
      somePeers: () => town.nodes.filter((one) => one !== this).map(({ name }) => name),
      machines: () => this.machines,
      onTaken: (snapshot) => this.orderer.keep(snapshot),
      links: () => ({
        use: (_channel, user) => {
          this.user = user;
        },
        send: (to: PeerId, _channel, bytes) => {
          const peer = town.nodes.find(({ name }) => name === String(to));
          town.tasks.push(() => peer?.user?.onMessage(self, bytes));
          return "taken";
        },
      }),
    });
    this.name = String(self);
    this.snapshots.open();
    this.machines.start(this.orderer.takeKept());
    const made = this.machines.open("text/a");
    if (!(made instanceof Text)) throw new Error("no text");
    this.text = made;
    town.nodes.push(this);
  }

  /** The disk is done when the test says so. */
  private channel(disk: FakeJournalChannel) {
    return {
      takeRecovered: () => disk.takeRecovered(),
      append: (bytes: Uint8Array) => disk.append(bytes),
      truncateAfter: () => {},
      snapshot: (bytes: Uint8Array, upTo: JournalPosition, done?: () => void) => {
        this.done.push(() => {
          disk.snapshot(bytes, upTo);
          done?.();
        });
      },
    };
  }
}

class Town {
  readonly nodes: Node[] = [];
  readonly tasks: (() => void)[] = [];
  readonly order = new FakeOrder("forgotten");

  add(engine: FakeOrderer = this.order.add(), disk?: FakeJournalChannel): Node {
    return new Node(this, engine, disk);
  }
  say(node: Node, text: string): void {
    node.text.order.propose(encodeUtf8(text));
    this.order.run();
  }
  work(): void {
    for (let turn = 0; turn < 200; turn += 1) this.tasks.shift()?.();
  }
}

describe("an engine that keeps no states", () => {
  it("forgets commands when what they came to is on this node's disk, not before", () => {
    const town = new Town();
    const [engine, other] = [town.order.add(), town.order.add()];
    const node = town.add(engine);
    town.add(other);
    town.say(node, "a");
    engine.wantsSnapshot = true;
    town.say(node, "b");
    expect(engine.compacted).toBeUndefined();
    town.say(node, "c");
    expect(node.done).toHaveLength(1);
    for (const done of node.done.splice(0)) done();
    expect(engine.compacted?.state).toBeUndefined();
    const compacted = engine.compacted;
    expect(compacted?.position).toBeGreaterThan(0);
    const next = town.add(town.order.revive(engine), node.disk);
    town.order.run();
    expect(next.text.text).toBe("abc");
    expect(next.counts).toEqual([]);
  });

  it("is helped by peers where this node's disk is empty, and by the next life's own", () => {
    const town = new Town();
    const [one, two] = [town.order.add(), town.order.add()];
    const [first, second] = [town.add(one), town.add(two)];
    town.say(first, "a");
    one.wantsSnapshot = true;
    town.say(first, "b");
    for (const done of first.done.splice(0)) done();
    const late = town.order.add();
    const newcomer = town.add(late);
    town.order.run();
    expect(newcomer.machines.status.state).toBe("needsSnapshot");
    town.work();
    town.order.run();
    expect(newcomer.text.text).toBe("ab");
    expect(newcomer.counts).toContain("order.snapshotsTaken");
    expect([...first.counts, ...second.counts]).toContain("order.snapshotsGiven");
    town.say(second, "c");
    for (const done of newcomer.done.splice(0)) done();
    const again = town.add(town.order.revive(late), newcomer.disk);
    town.order.run();
    expect(again.text.text).toBe("abc");
  });
});
