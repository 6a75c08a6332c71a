import { describe, expect, it } from "vitest";
import type { Need } from "../../core/causal-buffer.ts";
import { makeOrigin } from "../../core/peer.ts";
import { decodeCommand, encodeCommand, type OrderCommand } from "./order-command.ts";
import { OrderState } from "./order-state.ts";
import { decodeOrderState, encodeOrderState } from "./order-state-bytes.ts";

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 1);

function entry(origin: typeof a, seq: number, needs: readonly Need[] = []) {
  return { dot: { origin, seq }, hash: new Uint8Array(32).fill(seq), needs };
}

function batch(...entries: ReturnType<typeof entry>[]): OrderCommand {
  return { kind: "batch", entries };
}

function textOf(state: OrderState): string {
  return state.kept
    .map((item) => (item.kind === "note" ? "note" : `${item.dot.origin}:${item.dot.seq}`))
    .join(" ");
}

function made(...commands: OrderCommand[]): OrderState {
  const state = new OrderState();
  for (const command of commands) state.apply(command);
  return state;
}

describe("an order", () => {
  it("takes each life's events in a row, and skips what comes again or leaves a gap", () => {
    const state = made(
      batch(entry(a, 1), entry(a, 3)),
      batch(entry(a, 1), entry(a, 2)),
      batch(entry(a, 3)),
    );
    expect(textOf(state)).toBe("a#1:1 a#1:2 a#1:3");
    expect(state.end).toEqual({ place: 3, orderIndex: 3 });
    expect(state.skippedCount).toBe(2);
  });

  it("puts nothing before what it needs, whoever proposes it", () => {
    const answer = entry(b, 1, [[a, 1]]);
    expect(textOf(made(batch(answer), batch(entry(a, 1))))).toBe("a#1:1");
    expect(textOf(made(batch(answer, entry(a, 1)), batch(answer)))).toBe("a#1:1 b#1:1");
  });

  it("never gives a place to what it has given up, and lets the next go on", () => {
    const lost: OrderCommand = { kind: "void", dots: [{ origin: a, seq: 1 }] };
    const state = made(lost, batch(entry(a, 1), entry(a, 2)));
    expect(textOf(state)).toBe("a#1:2");
    // What has its place keeps it.
    expect(textOf(made(batch(entry(a, 1)), lost))).toBe("a#1:1");
  });

  it("counts notes among the items, and not among the events", () => {
    const state = made(batch(entry(a, 1)), { kind: "note", bytes: Uint8Array.of(1) });
    expect(state.end).toEqual({ place: 2, orderIndex: 1 });
  });

  it("closes lives of long ago, and takes nothing of them any more", () => {
    const state = new OrderState();
    for (let boot = 1; boot <= 9; boot += 1) state.apply(batch(entry(makeOrigin("a", boot), 1)));
    expect(state.apply(batch(entry(a, 2))).items).toHaveLength(0);
    expect(state.apply(batch(entry(makeOrigin("a", 2), 2))).items).toHaveLength(1);
    // One older than all that are told apart closes itself.
    expect(state.apply(batch(entry(makeOrigin("a", 0), 1))).items).toHaveLength(0);
  });

  it("drops what is trimmed, and nothing behind its end", () => {
    const state = made(batch(entry(a, 1), entry(a, 2)), { kind: "trim", place: 1 });
    expect(textOf(state)).toBe("a#1:2");
    expect(state.itemAt(1)).toBeUndefined();
    expect(state.apply({ kind: "trim", place: 3 }).isTrimmed).toBe(false);
    expect(state.apply({ kind: "trim", place: 1 }).isTrimmed).toBe(false);
  });

  it("is the same by all commands and by a snapshot on the way, byte for byte", () => {
    const commands: OrderCommand[] = [
      batch(entry(b, 1), entry(a, 1)),
      { kind: "note", bytes: Uint8Array.of(1, 2) },
      { kind: "trim", place: 1 },
      batch(entry(a, 2), entry(b, 2, [[a, 2]])),
      { kind: "void", dots: [{ origin: b, seq: 3 }] },
    ];
    const whole = encodeOrderState(made(...commands));
    for (let cut = 0; cut <= commands.length; cut += 1) {
      const kept = decodeOrderState(encodeOrderState(made(...commands.slice(0, cut))));
      if (kept === undefined) throw new Error("a state that was written can be read");
      const state = new OrderState();
      state.become(kept);
      for (const command of commands.slice(cut)) {
        const read = decodeCommand(encodeCommand(command));
        if (read === undefined) throw new Error("a command that was written can be read");
        state.apply(read);
      }
      expect(encodeOrderState(state)).toEqual(whole);
    }
  });
});
