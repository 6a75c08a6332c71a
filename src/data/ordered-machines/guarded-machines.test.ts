import { describe, expect, test } from "vitest";
import { Counters } from "../../core/metrics.ts";
import type { MachineOrder, OrderedMachine } from "../../core/ordered-machine.ts";
import type { Orderer, OrderGuard } from "../../core/orderer.ts";
import { decodeUtf8, encodeUtf8 } from "../../core/text.ts";
import { FakeOrder } from "../../testing/fake-orderer.ts";
import { orderedMachinesOptions } from "./ordered-machines.options.ts";
import { OrderedMachines } from "./ordered-machines.ts";
import { machinesCodec } from "./ordered-machines.wire.ts";

/** Has all that commands stand for, but of one. */
class Listener implements OrderedMachine {
  readonly order: MachineOrder;

  constructor(order: MachineOrder) {
    this.order = order;
  }

  mayKeep(command: Uint8Array): boolean {
    return decodeUtf8(command) !== "unheard";
  }

  onCommand(): void {}
  onOutcome(): void {}
  onStatus(): void {}

  snapshot(): Uint8Array {
    return new Uint8Array();
  }

  restore(): boolean {
    return true;
  }
}

function machinesOf(orderer: Orderer) {
  const machines = new OrderedMachines(
    {
      orderer,
      kinds: new Map([["log", (_, order) => new Listener(order)]]),
      codec: machinesCodec,
      counters: new Counters(),
      host: { onSnapshotNeeded: () => {} },
    },
    orderedMachinesOptions(),
  );
  machines.start();
  return machines;
}

/** An order that asks before it keeps. */
function guarded() {
  const orderer: Orderer = new FakeOrder().add();
  const guards: OrderGuard[] = [];
  let askedAgainCount = 0;
  orderer.guard = (guard) => {
    guards.push(guard);
    return () => {
      askedAgainCount += 1;
    };
  };
  const machines = machinesOf(orderer);
  const mayKeep = (name: string, text: string): boolean | undefined =>
    guards[0]?.mayKeep(machinesCodec.encodeCommand({ name, command: encodeUtf8(text) }));
  return { machines, mayKeep, askedAgain: () => askedAgainCount };
}

describe("machines behind an order that asks before it keeps", () => {
  test("are asked about their commands, and are made for that", () => {
    const { machines, mayKeep } = guarded();
    expect(mayKeep("log/a", "heard")).toBe(true);
    expect(mayKeep("log/a", "unheard")).toBe(false);
    // The group has it when something was ordered for it.
    expect(machines.status.names).toEqual([]);
  });

  test("hold up nothing of kinds that this node does not know", () => {
    const { mayKeep } = guarded();
    expect(mayKeep("strange/a", "unheard")).toBe(true);
  });

  test("have it asked again, and know whether it asks at all", () => {
    const { askedAgain, machines } = guarded();
    (machines.open("log/a") as Listener).order.reconsider?.();
    expect(askedAgain()).toBe(1);
    const free = machinesOf(new FakeOrder().add());
    expect((free.open("log/a") as Listener).order.reconsider).toBeUndefined();
  });
});
