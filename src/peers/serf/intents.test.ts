import { describe, expect, it } from "vitest";
import { Intents } from "./intents.ts";

describe("Intents", () => {
  it("keeps the newest intent of a name and gives it out once", () => {
    const intents = new Intents(10, () => {});
    expect(intents.keep("a", { kind: "join", lTime: 2, heardAtMs: 0 })).toBe(true);
    expect(intents.keep("a", { kind: "leave", lTime: 2, heardAtMs: 0 })).toBe(false);
    expect(intents.keep("a", { kind: "leave", lTime: 3, heardAtMs: 0 })).toBe(true);
    expect(intents.take("a")).toMatchObject({ kind: "leave", lTime: 3 });
    expect(intents.take("a")).toBeUndefined();
  });

  it("lets the oldest fall out when full, and says so", () => {
    let fallenCount = 0;
    const intents = new Intents(2, () => {
      fallenCount += 1;
    });
    for (const name of ["a", "b", "c"])
      intents.keep(name, { kind: "join", lTime: 1, heardAtMs: 0 });
    expect(intents.size).toBe(2);
    expect(fallenCount).toBe(1);
    expect(intents.take("a")).toBeUndefined();
  });

  it("drops what was heard too long ago", () => {
    const intents = new Intents(10, () => {});
    intents.keep("a", { kind: "join", lTime: 1, heardAtMs: 5 });
    intents.keep("b", { kind: "join", lTime: 1, heardAtMs: 9 });
    intents.dropHeardBefore(9);
    expect(intents.take("a")).toBeUndefined();
    expect(intents.take("b")).toBeDefined();
  });
});
