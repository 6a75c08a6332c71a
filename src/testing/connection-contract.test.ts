import { describe, expect, test } from "vitest";
import type { ConnectionDoor, ConnectionId, ConnectionListener } from "../core/connections.ts";
import { Random } from "../core/random.ts";
import { NodeStore } from "../node/node-store.ts";
import type { SimNode } from "../sim/sim-node.ts";
import { Simulator } from "../sim/simulator.ts";
import { MemoryDisk } from "../storage/memory-disk.ts";
import { type ConnectionRig, connectionContract } from "./connection-contract.ts";
import { runSuite } from "./test-api.ts";
import { GatedDoor } from "./test-cluster/gated-door.ts";
import { SimOutbox } from "./test-cluster/sim-outbox.ts";

type Wrap = (door: ConnectionDoor, node: SimNode) => ConnectionDoor;

/** Two machines of a simulation; `wrap` stands between them and who owns their connections. */
function simulated(wrap: Wrap = (door) => door): ConnectionRig {
  const simulator = new Simulator({ seed: 1 });
  const [a, b] = [0, 1].map(() => {
    const node = simulator.add(() => {});
    const host = {
      step: <R>(body: () => R): R => node.step(body),
      mountConnections: <L extends ConnectionListener>(make: (door: ConnectionDoor) => L): L =>
        node.mountConnections((door) => make(wrap(door, node))),
    };
    return { host, address: node.address };
  });
  if (a === undefined || b === undefined) return expect.fail("no pair");
  return {
    a,
    b,
    nowhere: { host: "10.9.9.9", port: 1 },
    pass: (durationMs) => simulator.runForMs(durationMs),
    until(holds, what) {
      for (let step = 0; step < 1_000; step += 1) {
        if (holds()) return;
        simulator.runForMs(5);
      }
      throw new Error(`${what} did not happen`);
    },
  };
}

/** As in a test cluster, where everything waits for the disk. */
function gated(): ConnectionRig {
  return simulated((door, node) => {
    const later = (body: () => void) => node.simulator.plan(5, body);
    const store = new NodeStore(new MemoryDisk(new Random(1), later, node.name));
    const journal = store.channel("kept");
    const outbox = new SimOutbox(store, (body) => node.afterStep(body));
    const inner = new GatedDoor(door, outbox);
    const write = (id: ConnectionId, bytes: Uint8Array): void => {
      journal.append(Uint8Array.of(1));
      inner.write(id, bytes);
    };
    return faulty(inner, { write });
  });
}

/** A door with some of its methods replaced. */
function faulty(door: ConnectionDoor, others: Partial<ConnectionDoor>): ConnectionDoor {
  return {
    connect: (to, timeoutMs) => door.connect(to, timeoutMs),
    write: (id, bytes) => door.write(id, bytes),
    waitingBytes: (id) => door.waitingBytes(id),
    pause: (id) => door.pause(id),
    resume: (id) => door.resume(id),
    close: (id) => door.close(id),
    destroy: (id) => door.destroy(id),
    ...others,
  };
}

connectionContract({ describe, test }, "a node of the simulator", () => simulated());
connectionContract({ describe, test }, "a node of a test cluster, with its disk", gated);

const faults: readonly [string, string, (door: ConnectionDoor) => Partial<ConnectionDoor>][] = [
  ["bytes are lost", "in the order", () => ({ write: () => {} })],
  ["nobody dials", "both ends hear", () => ({ connect: () => 1 as ConnectionId })],
  ["pause does nothing", "a paused end", () => ({ pause: () => {} })],
  ["close does nothing", "close sends", () => ({ close: () => {} })],
  ["destroy does nothing", "destroy ends", () => ({ destroy: () => {} })],
];

describe("the connection contract notices that", () => {
  test.each(faults)("%s", async (_, where, fault) => {
    const make = () => simulated((door) => faulty(door, fault(door)));
    const results = await runSuite((api) => connectionContract(api, "faulty", make), where);
    expect(results.length).toBe(1);
    expect(results[0]?.error).toBeInstanceOf(Error);
  });
});
