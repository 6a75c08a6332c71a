import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { encodeEvent } from "./event.ts";
import type { OrderedLogMessage } from "./ordered-log.messages.ts";
import { decodeOrderedLog, encodeOrderedLog } from "./ordered-log.wire.ts";

const one = { origin: makeOrigin("p1", 1), seq: 7 };
const other = { origin: makeOrigin("p2", 3), seq: 1 };
const hash = new Uint8Array(32).fill(9);
const event = encodeEvent({
  dot: one,
  hlc: { ms: 1_700_000_000_000, counter: 2 },
  needs: [[other.origin, 1]],
  data: Uint8Array.of(1, 2, 3),
});
const at = { place: 5, orderIndex: 4 };

const messages: readonly OrderedLogMessage[] = [
  { kind: "push", way: "direct", events: [event, event] },
  { kind: "push", way: "rumor", events: [] },
  { kind: "announce", names: [{ dot: one, hash }] },
  { kind: "want", term: 3, names: [{ dot: one, hash }] },
  { kind: "lost", term: 3, names: [{ dot: other, hash }] },
  { kind: "ack", noted: DotSet.of(one, other), safe: DotSet.of(one), load: "overload" },
  { kind: "fetch", dots: [one, other] },
  { kind: "events", events: [event], missing: [other] },
  { kind: "pending", dots: DotSet.of(one) },
  { kind: "whoHas", dots: [one] },
  { kind: "lacks", dots: [] },
  { kind: "report", report: { applied: at, dataThrough: at, snapshot: at } },
  { kind: "report", report: { applied: undefined, dataThrough: at, snapshot: at } },
  { kind: "snapshotAsk", place: 3, offset: 0, hash: new Uint8Array(0) },
  { kind: "snapshotAsk", place: 3, offset: 17, hash },
  { kind: "snapshotPiece", place: 3, offset: 17, hash, totalBytes: 20, bytes: event },
  { kind: "snapshotNone", place: 3 },
  { kind: "viewAsk", epoch: 2 },
  { kind: "view", term: 3, epoch: 2, peers: [peerId("p1"), peerId("p2")] },
];

describe("messages of an ordered log", () => {
  it.each(messages)("%j come back as they were", (message) => {
    const bytes = encodeOrderedLog(message);
    const back = decodeOrderedLog(bytes, peerId);
    expect(back).toBeDefined();
    if (back === undefined) return;
    expect(back.kind).toBe(message.kind);
    expect(encodeOrderedLog(back)).toEqual(bytes);
  });

  it.each(messages)("%j cut short or with something behind are none", (message) => {
    const bytes = encodeOrderedLog(message);
    // A piece of a snapshot and what it is of end where the message ends.
    const isOpen = message.kind === "snapshotPiece";
    for (let length = 0; length < bytes.length && !isOpen; length += 1) {
      expect(decodeOrderedLog(bytes.subarray(0, length), peerId)).toBeUndefined();
    }
    const longer = new Uint8Array(bytes.length + 1);
    longer.set(bytes);
    if (!isOpen) expect(decodeOrderedLog(longer, peerId)).toBeUndefined();
  });

  it("of other versions and kinds are none", () => {
    for (const bytes of [
      [2, 1, 0, 0],
      [1, 99],
      [1, 3, 2, 0, 0],
      [1, 1, 7, 0],
    ]) {
      expect(decodeOrderedLog(Uint8Array.from(bytes), peerId)).toBeUndefined();
    }
  });
});
