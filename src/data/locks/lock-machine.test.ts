import { describe, expect, test } from "vitest";
import { Counters } from "../../core/metrics.ts";
import type { MachineOrder } from "../../core/ordered-machine.ts";
import type {
  OrderedCommand,
  OrdererListener,
  OrdererStatus,
  OrderPosition,
} from "../../core/orderer.ts";
import { FakeOrder, type FakeOrderer } from "../../testing/fake-orderer.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import { LockMachine } from "./lock-machine.ts";
import type { LockListener, LockTimer } from "./locks.contract.ts";
import { holdMs, lockOptions } from "./locks.options.ts";
import { lockCodec } from "./locks.wire.ts";

const options = lockOptions({
  ...{ leaseMs: 1_000, renewIntervalMs: 300, clockDriftRatio: 0.05 },
  ...{ retryIntervalMs: 50, idleAfterMs: 5_000, claimsMaxCount: 4 },
});
const HOLD_MS = holdMs(options);

/** A node with a clock of its own. */
class Station implements LockListener {
  readonly env = new RecordingEnv<never, LockTimer>();
  readonly heard: string[] = [];
  readonly machine: LockMachine;
  readonly orderer: FakeOrderer;

  constructor(orderer: FakeOrderer, life = 1) {
    this.orderer = orderer;
    const order: MachineOrder = orderer;
    this.machine = new LockMachine(
      {
        ...{ env: this.env, order, codec: lockCodec, counters: new Counters(), listener: this },
        ...{ owner: String(orderer.self), life: () => life },
      },
      options,
    );
    const listener: OrdererListener = {
      onOutcome: (request, outcome) => this.machine.onOutcome(request, outcome),
      onStatus: (status: OrdererStatus) => this.machine.onStatus(status),
    };
    orderer.listen(listener);
    orderer.subscribe(
      {
        onOrdered: (all: readonly OrderedCommand[]) => {
          for (const command of all) this.machine.onCommand(command);
        },
        onSnapshot: (position, state) => {
          if (state !== undefined) this.machine.restore(position, state);
        },
      },
      0 as OrderPosition,
    );
  }

  get own() {
    return this.machine.own;
  }

  /** Its clock goes on; timers fire, and nothing is ordered meanwhile. */
  pass(ms: number): void {
    this.env.advance(ms, this.machine);
  }

  /** It stands still: its clock goes on, and its timers fire when it is awake again. */
  standStill(ms: number): () => void {
    const late: LockTimer[] = [];
    this.env.advance(ms, { onTimer: (timer) => late.push(timer) });
    return () => {
      for (const timer of late) this.machine.onTimer(timer);
    };
  }

  onHeld(id: number, token: number): void {
    this.heard.push(`held ${id} ${token}`);
  }

  onRefused(id: number, reason: string): void {
    this.heard.push(`refused ${id} ${reason}`);
  }

  onLost(id: number): void {
    this.heard.push(`lost ${id}`);
  }

  onReleased(id: number): void {
    this.heard.push(`released ${id}`);
  }

  onRow(): void {}
}

function town(count = 2) {
  const order = new FakeOrder();
  const stations = Array.from({ length: count }, () => new Station(order.add()));
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 50) {
      for (const station of stations) if (station.orderer.isUp) station.pass(50);
      order.run();
    }
  };
  return { order, stations, pass, one: stations[0] as Station, two: stations[1] as Station };
}

describe("a node's locks", () => {
  test("are opened with a session, kept by renewals, and given back", () => {
    const { one, order, pass, two } = town();
    const id = one.own.claim("l", "wait");
    order.run();
    expect(one.heard).toEqual(["held 1 3"]);
    expect(one.own.isHeld(id)).toBe(true);
    pass(5_000);
    expect(one.own.isHeld(id)).toBe(true);
    expect(two.machine.row("l")).toMatchObject({ holder: "0", token: 3, waiting: [] });
    one.own.release(id);
    expect(one.own.isHeld(id)).toBe(false);
    order.run();
    expect(one.heard).toEqual(["held 1 3", "released 1"]);
    expect(two.machine.rows(10)).toEqual([]);
  });

  test("pass to who waits, with a larger token", () => {
    const { one, order, two } = town();
    const id = one.own.claim("l", "wait");
    order.run();
    two.own.claim("l", "try");
    two.own.claim("l", "wait");
    order.run();
    expect(two.heard).toEqual(["refused 1 held"]);
    one.own.release(id);
    order.run();
    expect(two.heard.at(-1)).toMatch(/^held 2 \d+$/);
  });

  test("are given up by the holder's own clock before the lease is over", () => {
    const { one, order } = town();
    const id = one.own.claim("l", "wait");
    order.run();
    one.pass(Math.floor(HOLD_MS) - 1);
    expect(one.own.isHeld(id)).toBe(true);
    // Nothing was ordered meanwhile, and its timers have not even fired.
    const wake = one.standStill(2);
    expect(one.own.isHeld(id)).toBe(false);
    wake();
    expect(one.heard).toEqual(["held 1 3", "lost 1"]);
  });

  test("once given up stay so, though word of a renewal comes late", () => {
    const { one, order } = town();
    const id = one.own.claim("l", "wait");
    order.run();
    one.pass(400);
    const wake = one.standStill(HOLD_MS - 300);
    expect(one.own.isHeld(id)).toBe(false);
    // A renewal was sent in time, and is heard before its own timers fire.
    order.run();
    expect(one.own.isHeld(id)).toBe(false);
    expect(one.heard[1]).toBe("lost 1");
    wake();
    expect(one.heard).toHaveLength(2);
  });

  test("once given up stay so, though a state tells of a renewal", () => {
    const { one, order } = town();
    const id = one.own.claim("l", "wait");
    order.run();
    one.pass(400);
    one.standStill(HOLD_MS - 300);
    expect(one.own.isHeld(id)).toBe(false);
    const sessions = lockCodec.decodeSnapshot(one.machine.snapshot()) ?? [];
    const later = lockCodec.encodeSnapshot(sessions.map((one) => ({ ...one, round: 1 })));
    expect(one.machine.restore(99 as OrderPosition, later)).toBe(true);
    expect(one.own.isHeld(id)).toBe(false);
    expect(one.heard[1]).toBe("lost 1");
  });

  test("of a node that died pass on once its lease is over, and not before", () => {
    const { one, order, pass, two } = town(3);
    two.own.claim("l", "wait");
    order.run();
    order.kill(two.orderer);
    one.own.claim("l", "wait");
    order.run();
    pass(900);
    expect(one.heard).toEqual([]);
    pass(200);
    expect(one.heard).toHaveLength(1);
  });

  test("of a node that begins anew are free at once", () => {
    const { one, order, two } = town();
    two.own.claim("l", "wait");
    order.run();
    one.own.claim("l", "wait");
    order.run();
    expect(one.heard).toEqual([]);
    order.kill(two.orderer);
    const next = new Station(order.revive(two.orderer), 2);
    next.own.claim("m", "wait");
    order.run();
    order.run();
    expect(one.heard).toHaveLength(1);
  });

  test("wait again in a new session when the old one is over", () => {
    const { one, order, pass, two } = town();
    const id = one.own.claim("l", "wait");
    order.run();
    two.own.claim("l", "wait");
    order.run();
    const wake = two.standStill(2_000);
    wake();
    pass(300);
    expect(two.heard).toEqual([]);
    one.own.release(id);
    pass(300);
    expect(two.heard.at(-1)).toMatch(/^held 1 /);
  });

  test("end their session when there were none for a while", () => {
    const { one, order, pass } = town();
    one.own.release(one.own.claim("l", "wait"));
    expect(one.heard).toEqual(["released 1"]);
    const id = one.own.claim("l", "wait");
    order.run();
    one.own.release(id);
    pass(4_000);
    expect(one.own.remainingMs).toBeGreaterThan(0);
    pass(2_000);
    expect(one.own.remainingMs).toBe(0);
    one.own.claim("l", "wait");
    order.run();
    expect(one.heard.at(-1)).toMatch(/^held 3 /);
  });

  test("are bounded", () => {
    const { one } = town();
    for (let count = 0; count < 4; count += 1) one.own.claim(`l${count}`, "wait");
    expect(() => one.own.claim("l", "wait")).toThrow("STORE_FULL");
  });

  test("are found again in a state that took the place of commands", () => {
    const { one, order, two } = town();
    const id = one.own.claim("l", "wait");
    order.run();
    two.own.claim("l", "wait");
    order.run();
    const waiting = two.machine.snapshot();
    expect(two.machine.restore(9 as OrderPosition, waiting)).toBe(true);
    one.own.release(id);
    order.run();
    expect(two.heard).toHaveLength(1);
    expect(one.machine.restore(99 as OrderPosition, Uint8Array.of(1, 0))).toBe(true);
    expect(one.machine.restore(99 as OrderPosition, Uint8Array.of(7))).toBe(false);
  });
});

describe("a node that hears in a state", () => {
  test("that it was refused, asks no more", () => {
    const { one, order, two } = town();
    one.own.claim("l", "wait");
    two.own.claim("m", "wait");
    order.run();
    const id = two.own.claim("l", "try");
    const sessions = lockCodec.decodeSnapshot(two.machine.snapshot()) ?? [];
    const later = sessions.map((one) => ({ ...one, over: one.owner === "1" ? [id] : [] }));
    two.machine.restore(50 as OrderPosition, lockCodec.encodeSnapshot(later));
    expect(two.heard.at(-1)).toBe(`refused ${id} held`);
    order.run();
    expect(two.own.claimsCount).toBe(1);
  });
});

describe("a node with a lock that it never gives back", () => {
  test("gets and releases others without end", () => {
    const { one, order } = town();
    one.own.claim("office", "wait");
    order.run();
    for (let count = 2; count < 4_500; count += 1) {
      const id = one.own.claim("l", "wait");
      order.run();
      expect(one.heard.at(-1)).toMatch(`held ${id} `);
      one.own.release(id);
      order.run();
    }
    expect(one.own.claimsCount).toBe(1);
  });
});

describe("a session that cannot be opened", () => {
  test("is not asked for without a pause", () => {
    const { one, order, two } = town();
    two.own.claim("l", "wait");
    order.run();
    const { length } = order.commands;
    // Its disk and its clock are not what they were: the next life seems to be older.
    order.kill(two.orderer);
    const next = new Station(order.revive(two.orderer), 0);
    next.own.claim("l", "wait");
    order.run();
    for (let ms = 0; ms < 2_000; ms += 50) {
      for (const station of [one, next]) station.pass(50);
      order.run();
    }
    expect(order.commands.length - length).toBeLessThan(50);
    expect(next.heard.at(-1)).toMatch(/^held 1 /);
  });
});

describe("numbers that make no lock", () => {
  test("are refused", () => {
    expect(() => lockOptions({ leaseMs: 50 })).toThrow("leaseMs");
    expect(() => lockOptions({ clockDriftRatio: 0.5 })).toThrow("clockDriftRatio");
    expect(() => lockOptions({ renewIntervalMs: 9_000 })).toThrow("renewIntervalMs");
  });
});
