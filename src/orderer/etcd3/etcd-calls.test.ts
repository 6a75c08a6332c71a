import { expect, it } from "vitest";
import { failureOf } from "./etcd-calls.ts";

it("tells what is certain about a call that failed from what is not", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED", "unreachable"],
    ["14 UNAVAILABLE: Name resolution failed for target dns:nowhere:2379", "unreachable"],
    ["7 PERMISSION_DENIED: etcdserver: permission denied", "denied"],
    ["etcdserver: requested lease not found", "denied"],
    ["3 INVALID_ARGUMENT: etcdserver: request is too large", "tooLarge"],
    ["8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded", "noSpace"],
    // The connection broke, or the leader changed, while it was under way.
    ["14 UNAVAILABLE: read ECONNRESET", "unknown"],
    ["14 UNAVAILABLE: etcdserver: request timed out", "unknown"],
    ["4 DEADLINE_EXCEEDED: Deadline exceeded after 2.9s", "unknown"],
    ["", "unknown"],
  ];
  for (const [words, reason] of cases) {
    expect(failureOf(new Error(words))).toEqual({ kind: "failed", reason, detail: words });
  }
  expect(failureOf("a text").reason).toBe("unknown");
});
