import { describe, expect, it } from "vitest";
import type { OrderPosition } from "../../core/orderer.ts";
import { a, b, batchOf, eventOf, logOf, nameOf, shortHash } from "../../testing/ordered-log-rig.ts";
import { encodeAppSnapshot } from "./app-snapshot.ts";
import { encodeCommand } from "./order-command.ts";

/* A voter on which nobody has opened the log. */

const EVENTS = [1, 2, 3, 4].map((seq) => eventOf(seq, 1));

/** It has data up to `heldCount`, of `placedCount` that have a place, and has asked `b`. */
function carrying({ heldCount = 4, placedCount = 4 } = {}) {
  const { env, log, order } = logOf(b, { snapshotAfterCount: 2, trailingCount: 0 });
  order.members = { voters: [a, b], learners: [] };
  log.start();
  const names = EVENTS.map((bytes, at) => nameOf(at + 1, bytes)).slice(0, placedCount);
  log.onMessage(b, { kind: "push", way: "direct", events: EVENTS.slice(0, heldCount) });
  log.onCommand({ position: 1 as OrderPosition, command: batchOf(...names) });
  env.sync(log);
  env.advance(log.log.options.reportIntervalMs, log);
  env.advance(1, log);
  const give = (place: number, said = place): void => {
    const at = { place, orderIndex: place };
    const states = new Map([["state", new Uint8Array(3)]]);
    const bytes = encodeAppSnapshot({ at, clocks: new Map(), states });
    const piece = { kind: "snapshotPiece", offset: 0, totalBytes: bytes.length } as const;
    log.onMessage(b, { ...piece, place: said, hash: shortHash(bytes), bytes });
    env.sync(log);
  };
  return { env, log, give };
}

describe("a voter that only carries a log", () => {
  it("keeps a snapshot of what it has, and the data until that is trimmed", () => {
    const { give, log } = carrying();
    give(3);
    expect(log.status).toMatchObject({ snapshot: { place: 3 }, heldCount: 4 });
    log.onCommand({
      position: 2 as OrderPosition,
      command: encodeCommand({ kind: "trim", place: 3 }),
    });
    expect(log.status.heldCount).toBe(1);
  });

  it("keeps its data also behind a snapshot that is ahead of it", () => {
    const { give, log } = carrying({ heldCount: 2 });
    expect(log.status.applied.place).toBe(2);
    give(4);
    expect(log.status).toMatchObject({ snapshot: { place: 4 }, heldCount: 2 });
    expect(log.status.dataThrough.place).toBe(2);
    log.onMessage(b, { kind: "events", events: EVENTS.slice(2), missing: [] });
    expect(log.status).toMatchObject({ applied: { place: 4 }, heldCount: 4 });
  });

  it("leaps to it where what it lacks was trimmed", () => {
    const { give, log } = carrying({ heldCount: 2 });
    give(4);
    log.onCommand({
      position: 2 as OrderPosition,
      command: encodeCommand({ kind: "trim", place: 3 }),
    });
    expect(log.status).toMatchObject({ applied: { place: 4 }, trimmed: { place: 3 } });
  });

  it("does not ask again at once whoever gives what cannot be used", () => {
    const { env, give, log } = carrying();
    let asksCount = 0;
    for (let times = 0; times < 1_000; times += 1) {
      give(1_000_000);
      env.advance(1, log);
      asksCount += env.sent.filter(({ message }) => message.kind === "snapshotAsk").length;
      env.taken();
    }
    expect(asksCount).toBeGreaterThan(1);
    expect(asksCount).toBeLessThan(10);
  });

  it("takes none of a place to which the order has not come, or of another than said", () => {
    const { give, log } = carrying({ heldCount: 3, placedCount: 3 });
    give(1_000_000);
    expect(log.status).toMatchObject({ applied: { place: 3 }, snapshot: { place: 0 } });
    give(2, 3);
    expect(log.status).toMatchObject({ applied: { place: 3 }, snapshot: { place: 0 } });
  });
});
