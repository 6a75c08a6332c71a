import { describe, expect, test } from "vitest";
import { at } from "../../core/collections/at.ts";
import { Counters } from "../../core/metrics.ts";
import type { MachineOrder, OrderedMachine } from "../../core/ordered-machine.ts";
import type {
  OrderedCommand,
  OrdererStatus,
  OrderOutcome,
  OrderPosition,
  OrderRequest,
} from "../../core/orderer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { FakeOrder, type FakeOrderer } from "../../testing/fake-orderer.ts";
import { MACHINES_MAX_COUNT } from "./machine-name.ts";
import type { MakeMachine } from "./ordered-machines.contract.ts";
import { orderedMachinesOptions } from "./ordered-machines.options.ts";
import { OrderedMachines } from "./ordered-machines.ts";
import { machinesCodec } from "./ordered-machines.wire.ts";

/** A list of all texts that were ordered for it. */
class Chronicle implements OrderedMachine {
  readonly order: MachineOrder;
  texts: string[] = [];
  readonly ended: [OrderRequest, OrderOutcome][] = [];
  readonly heard: OrdererStatus[] = [];

  constructor(order: MachineOrder) {
    this.order = order;
  }

  onCommand({ command, position }: OrderedCommand): void {
    this.texts.push(`${position} ${decodeUtf8(command)}`);
  }

  onOutcome(request: OrderRequest, outcome: OrderOutcome): void {
    this.ended.push([request, outcome]);
  }

  onStatus(status: OrdererStatus): void {
    this.heard.push(status);
  }

  snapshot(): Uint8Array {
    return encodeUtf8(this.texts.join("\n"));
  }

  restore(_: OrderPosition, state: Uint8Array): boolean {
    const text = decodeUtf8(state);
    if (text === "absurd") return false;
    this.texts = text === "" ? [] : text.split("\n");
    return true;
  }
}

const makeChronicle: MakeMachine = (_, order) => new Chronicle(order);

class Server {
  readonly orderer: FakeOrderer;
  readonly machines: OrderedMachines;
  readonly counters = new Counters();
  readonly needed: number[] = [];

  constructor(orderer: FakeOrderer, kinds: readonly string[] = ["log"], keptMaxBytes = 10_000) {
    this.orderer = orderer;
    this.machines = new OrderedMachines(
      {
        orderer,
        kinds: new Map(kinds.map((kind) => [kind, makeChronicle])),
        codec: machinesCodec,
        counters: this.counters,
        host: { onSnapshotNeeded: (position) => this.needed.push(position) },
      },
      orderedMachinesOptions({ keptMaxBytes }),
    );
    this.machines.start();
  }

  chronicle(name: string): Chronicle {
    return this.machines.open(name) as Chronicle;
  }

  say(name: string, text: string): OrderRequest {
    return this.chronicle(name).order.propose(encodeUtf8(text));
  }

  compact(): void {
    this.orderer.wantsSnapshot = true;
  }
}

function texts(server: Server, name: string): string[] {
  return server.chronicle(name).texts.map((text) => text.split(" ")[1] ?? "");
}

describe("machines behind an orderer", () => {
  test("commands go to the machine they name, on nodes that never opened it", () => {
    const order = new FakeOrder();
    const [one, two] = [new Server(order.add()), new Server(order.add())];
    one.say("log/a", "x");
    one.say("log/b", "y");
    two.say("log/a", "z");
    order.run();
    expect(two.machines.status.names).toEqual(["log/a", "log/b"]);
    for (const server of [one, two]) {
      expect(texts(server, "log/a")).toEqual(["x", "z"]);
      expect(texts(server, "log/b")).toEqual(["y"]);
    }
    expect(two.machines.snapshot()).toEqual(one.machines.snapshot());
  });

  test("an outcome goes to the machine that asked, after it was told", () => {
    const order = new FakeOrder();
    const server = new Server(order.add());
    const request = server.say("log/a", "x");
    const read = server.chronicle("log/b").order.read();
    order.run();
    const position = at(order.commands, 0).position;
    expect(server.chronicle("log/a").ended).toEqual([[request, { kind: "ordered", position }]]);
    expect(server.chronicle("log/b").ended.map(([asked]) => asked)).toEqual([read]);
  });

  test("a new leader is told to all machines", () => {
    const order = new FakeOrder();
    const servers = [0, 1, 2].map(() => new Server(order.add()));
    const one = at(servers, 1).chronicle("log/a");
    order.kill(at(servers, 0).orderer);
    expect(one.heard.map(({ isLeader, term }) => [isLeader, term])).toEqual([[true, 2]]);
  });

  test("opening makes no part of the group's state; a first command does", () => {
    const order = new FakeOrder();
    const [one, two] = [new Server(order.add()), new Server(order.add())];
    one.chronicle("log/mine");
    two.say("log/a", "x");
    order.run();
    expect(one.machines.snapshot()).toEqual(two.machines.snapshot());
  });

  test("names of no kind are refused to the caller", () => {
    const server = new Server(new FakeOrder().add());
    for (const name of ["", "/x", "other", "other/x", `log/${"x".repeat(252)}`]) {
      expect(() => server.machines.open(name)).toThrow("CONFIG_OPTION");
    }
  });

  test("what cannot be read is counted and skipped", () => {
    const order = new FakeOrder();
    const server = new Server(order.add());
    for (const bytes of [[], [0], [1], [1, 5, 65], [2, 1, 65, 0], [1, 1, 0xff, 0]]) {
      server.orderer.propose(Uint8Array.from(bytes));
    }
    server.say("log/a", "x");
    order.run();
    expect(server.counters.counter("machines.dropped.unreadable").value).toBe(6);
    expect(texts(server, "log/a")).toEqual(["x"]);
  });

  test("one machine too many is refused on all nodes, and its asker is told", () => {
    const order = new FakeOrder();
    const [one, two] = [new Server(order.add()), new Server(order.add())];
    const name = (index: number) => `log/${index}`;
    for (let index = 0; index < MACHINES_MAX_COUNT - 1; index += 1) {
      one.orderer.propose(
        machinesCodec.encodeCommand({ name: name(index), command: new Uint8Array() }),
      );
    }
    order.run();
    const [late, later] = [one.chronicle("log/late"), two.chronicle("log/later")];
    late.order.propose(encodeUtf8("x"));
    later.order.propose(encodeUtf8("y"));
    order.run();
    expect(late.ended.map(([, { kind }]) => kind)).toEqual(["ordered"]);
    expect(later.ended.map(([, outcome]) => outcome)).toEqual([
      { kind: "refused", reason: "full" },
    ]);
    expect(() => one.machines.open("log/one more")).toThrow("STORE_FULL");
    expect(one.machines.snapshot()).toEqual(two.machines.snapshot());
  });
});

describe("snapshots of all machines", () => {
  test("are taken when the engine wants one, and a later life begins with them", () => {
    const order = new FakeOrder();
    const first = new Server(order.add());
    first.say("log/a", "x");
    first.say("log/b", "y");
    first.compact();
    order.run();
    expect(first.orderer.wantsSnapshot).toBe(false);
    order.kill(first.orderer);
    const second = new Server(order.revive(first.orderer));
    second.say("log/a", "z");
    order.run();
    expect(texts(second, "log/a")).toEqual(["x", "z"]);
    expect(texts(second, "log/b")).toEqual(["y"]);
  });

  test("an engine that keeps none: a peer's is asked for, and the rest heard behind it", () => {
    const order = new FakeOrder("forgotten");
    const first = new Server(order.add());
    first.say("log/a", "x");
    first.compact();
    order.run();
    const late = new Server(order.add());
    order.run();
    first.say("log/a", "y");
    order.run();
    expect(late.needed).toEqual([1]);
    expect(late.machines.status.state).toBe("needsSnapshot");
    expect(late.machines.snapshot()).toBeUndefined();
    expect(texts(late, "log/a")).toEqual([]);
    const given = first.machines.snapshot();
    expect(given?.position).toBe(3);
    if (given === undefined) return;
    expect(late.machines.restore({ ...given, position: 0 as OrderPosition })).toBe(false);
    expect(late.machines.restore(given)).toBe(true);
    first.say("log/a", "z");
    order.run();
    expect(texts(late, "log/a")).toEqual(["x", "y", "z"]);
  });

  test("until then reads are refused, and what was ordered is not said to be here", () => {
    const order = new FakeOrder("forgotten");
    const first = new Server(order.add());
    first.say("log/a", "x");
    first.compact();
    order.run();
    const late = new Server(order.add());
    const chronicle = late.chronicle("log/a");
    chronicle.order.propose(encodeUtf8("y"));
    chronicle.order.read();
    order.run();
    expect(chronicle.ended.map(([, outcome]) => outcome)).toEqual([
      { kind: "uncertain" },
      { kind: "refused", reason: "busy" },
    ]);
  });

  test("one that cannot be read is asked for again, from someone else", () => {
    const order = new FakeOrder("forgotten");
    const first = new Server(order.add());
    first.say("log/a", "x");
    first.compact();
    order.run();
    const late = new Server(order.add());
    order.run();
    const absurd = machinesCodec.encodeSnapshot([
      { kind: "stated", name: "log/a", state: encodeUtf8("absurd") },
    ]);
    const position = 1 as OrderPosition;
    for (const bytes of [Uint8Array.of(9), Uint8Array.of(1, 9), absurd]) {
      expect(late.machines.restore({ position, bytes })).toBe(false);
    }
    expect(late.needed).toEqual([1, 1, 1, 1]);
    const given = first.machines.snapshot();
    expect(given && late.machines.restore(given)).toBe(true);
    expect(texts(late, "log/a")).toEqual(["x"]);
  });

  test("a node begins with the state on its own disk", () => {
    const order = new FakeOrder("forgotten");
    const first = new Server(order.add());
    first.say("log/a", "x");
    first.compact();
    order.run();
    const kept = first.machines.snapshot();
    first.say("log/a", "y");
    order.run();
    const wiring = {
      orderer: order.add(),
      kinds: new Map([["log", makeChronicle]]),
      codec: machinesCodec,
      counters: new Counters(),
      host: { onSnapshotNeeded: () => expect.unreachable() },
    };
    const machines = new OrderedMachines(wiring, orderedMachinesOptions());
    machines.start(kept);
    order.run();
    expect((machines.open("log/a") as Chronicle).texts).toEqual(["1 x", "3 y"]);
  });
});

describe("nodes of two versions", () => {
  const NEW = ["log", "map"];

  function mixed(keptMaxBytes?: number) {
    const order = new FakeOrder();
    const young = new Server(order.add(), NEW);
    const old = new Server(order.add(), ["log"], keptMaxBytes);
    young.say("map/m", "x");
    young.say("log/a", "y");
    old.say("log/a", "z");
    order.run();
    return { order, young, old };
  }

  test("what an old node does not know it keeps, and its next version knows", () => {
    const { old, order, young } = mixed();
    expect(old.machines.status.unknownNames).toEqual(["map/m"]);
    old.compact();
    young.say("map/m", "1");
    order.run();
    young.say("map/m", "2");
    order.run();
    order.kill(old.orderer);
    const next = new Server(order.revive(old.orderer), NEW);
    order.run();
    expect(texts(next, "map/m")).toEqual(["x", "1", "2"]);
    expect(texts(next, "log/a")).toEqual(["y", "z"]);
    expect(next.machines.snapshot()).toEqual(young.machines.snapshot());
  });

  test("a snapshot passes through an old node: its state, and what came behind it", () => {
    const { old, order, young } = mixed();
    const given = young.machines.snapshot();
    expect(given).toBeDefined();
    if (given === undefined) return;
    old.machines.onSnapshot((given.position + 1) as OrderPosition, given.bytes);
    const passed = old.machines.snapshot();
    const next = new Server(order.add(), NEW);
    if (passed !== undefined) next.machines.onSnapshot(passed.position, passed.bytes);
    expect(texts(next, "map/m")).toEqual(["x"]);
  });

  test("what a young node has applied is not applied again from an old one's snapshot", () => {
    const { old, order, young } = mixed();
    young.say("map/m", "w");
    order.run();
    const passed = old.machines.snapshot();
    expect(passed).toBeDefined();
    if (passed === undefined) return;
    young.machines.onSnapshot((passed.position + 1) as OrderPosition, passed.bytes);
    expect(texts(young, "map/m")).toEqual(["x", "w"]);
  });

  test("an old node that cannot keep so much takes no snapshots, so that nothing is lost", () => {
    const { old, order, young } = mixed(100);
    young.say("map/m", "1".repeat(200));
    order.run();
    old.compact();
    young.say("map/m", "2");
    order.run();
    const { keptBytes, snapshots } = old.machines.status;
    expect([keptBytes, snapshots]).toEqual([0, "tooMuchKept"]);
    expect(old.orderer.wantsSnapshot).toBe(true);
    expect(old.machines.snapshot()).toBeUndefined();
    order.kill(old.orderer);
    const next = new Server(order.revive(old.orderer), NEW);
    order.run();
    expect(texts(next, "map/m")).toEqual(["x", "1".repeat(200), "2"]);
  });

  test("a state of another group, which lacks what stands here, is refused", () => {
    const { young } = mixed();
    const foreign = machinesCodec.encodeSnapshot([
      { kind: "stated", name: "log/other", state: new Uint8Array() },
    ]);
    young.machines.onSnapshot(99 as OrderPosition, foreign);
    expect(young.needed).toEqual([99]);
    expect(young.machines.status.state).toBe("needsSnapshot");
  });
});
