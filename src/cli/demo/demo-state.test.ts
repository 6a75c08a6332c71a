import { expect, test } from "vitest";
import { DemoState } from "./demo-state.ts";

function upState(): DemoState {
  const state = new DemoState(["p1", "p2", "p3"]);
  for (const name of ["p1", "p2", "p3"]) state.onReport(name, { kind: "listening", address: "a" });
  return state;
}
const all = { p1: "alive", p2: "alive", p3: "alive" } as const;

test("the cluster has formed when all that are up list exactly each other as alive", () => {
  const state = upState();
  state.onReport("p1", { kind: "statuses", at: 1, statuses: all });
  state.onReport("p2", { kind: "statuses", at: 1, statuses: all });
  expect(state.isConverged).toBe(false);
  state.onReport("p3", { kind: "statuses", at: 1, statuses: { ...all, p2: "suspect" } });
  expect(state.isConverged).toBe(false);
  state.onReport("p3", { kind: "statuses", at: 1, statuses: { ...all, stranger: "alive" } });
  expect(state.isConverged).toBe(false);
  state.onReport("p3", { kind: "statuses", at: 1, statuses: all });
  expect(state.isConverged).toBe(true);
});

test("the first time of a suspicion counts, unless the suspect came back", () => {
  const state = upState();
  const see = (at: number, p3: "alive" | "suspect" | "failed") =>
    state.onReport("p1", { kind: "statuses", at, statuses: { ...all, p3 } });
  see(1, "suspect");
  see(2, "suspect");
  expect(state.row("p1")?.suspectedAt.get("p3")).toBe(1);
  see(3, "alive");
  see(4, "suspect");
  see(9, "failed");
  see(10, "failed");
  expect(state.row("p1")?.suspectedAt.get("p3")).toBe(4);
  expect(state.detections("p3")).toEqual([9]);
});

test("each rumour is counted for itself, whoever tells it", () => {
  const state = upState();
  state.beginRumour("one");
  state.onReport("p2", { kind: "published", at: 5 });
  state.onReport("p2", { kind: "arrived", at: 5, text: "one" });
  state.onReport("p1", { kind: "arrived", at: 7, text: "one" });
  state.onReport("p1", { kind: "arrived", at: 8, text: "one" });
  expect(state.publishedAt).toBe(5);
  expect(state.rumourArrivals).toEqual([7, 5]);
  state.onReport("p3", { kind: "arrived", at: 20, text: "two" });
  expect(state.rumourArrivals).toEqual([20]);
});

test("a killed process has no say any more", () => {
  const state = upState();
  const [, , third] = state.rows;
  third!.state = "killed";
  state.onReport("p3", { kind: "arrived", at: 1, text: "late" });
  state.onReport("nobody", { kind: "arrived", at: 1, text: "stranger" });
  expect(state.rumourArrivals).toEqual([]);
  expect(state.upRows.map((row) => row.name)).toEqual(["p1", "p2"]);
});
