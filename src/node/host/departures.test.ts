import { describe, expect, it } from "vitest";
import { Departures } from "./departures.ts";

describe("Departures", () => {
  function made() {
    const left: string[] = [];
    const departures = new Departures<string>((item) => left.push(item));
    const send = (item: string, hold?: (onReady: () => void) => void): void => {
      departures.put(item);
      departures.endStep(hold);
    };
    return { departures, left, send };
  }

  it("leave at once when nothing holds them", () => {
    const { departures, left, send } = made();
    departures.put("a");
    expect(left).toEqual([]);
    send("b");
    expect(left).toEqual(["a", "b"]);
    expect(departures.isHeld).toBe(false);
  });

  it("wait behind what waits for the disk, and leave in order", () => {
    const { left, send } = made();
    const ready: (() => void)[] = [];
    const hold = (onReady: () => void): void => void ready.push(onReady);
    send("a", hold);
    send("b");
    send("c", hold);
    send("d");
    expect(left).toEqual([]);
    ready[0]?.();
    expect(left).toEqual(["a", "b"]);
    ready[1]?.();
    expect(left).toEqual(["a", "b", "c", "d"]);
    send("e");
    expect(left.at(-1)).toBe("e");
  });

  it("leave in order when the disk is done out of order", () => {
    const { departures, left, send } = made();
    const ready: (() => void)[] = [];
    const hold = (onReady: () => void): void => void ready.push(onReady);
    send("a", hold);
    send("b", hold);
    ready[1]?.();
    expect(left).toEqual([]);
    ready[0]?.();
    expect(left).toEqual(["a", "b"]);
    send("c", hold);
    departures.clear();
    ready[2]?.();
    expect(left).toEqual(["a", "b"]);
  });
});
