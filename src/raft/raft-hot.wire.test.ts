import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import { Random } from "../core/random.ts";
import { RaftSchema } from "../wire/gen/hearsay/v1/raft_pb.ts";
import type { RaftBody, RaftMessage } from "./raft.messages.ts";
import { decodeRaft } from "./raft.wire.ts";
import { decodeHotRaft, encodeHotRaft } from "./raft-hot.wire.ts";

const SAFE_BITS = [1, 6, 7, 14, 30, 31, 32, 53];

function numberOf(random: Random): number {
  if (random.chance(0.2)) return 0;
  const bits = random.pick(SAFE_BITS) ?? 1;
  return Math.floor(random.real() * 2 ** bits);
}

function bytesOf(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.below(200) }, () => random.below(256));
}

function bodyOf(random: Random): RaftBody {
  const number = () => numberOf(random);
  switch (random.below(6)) {
    case 0:
      return { kind: "taken", match: number(), keeps: random.chance(0.5) ? "asked" : "unasked" };
    case 1:
      return { kind: "heartbeat", commit: number(), round: number() };
    case 2:
      return { kind: "heartbeatReply", round: number() };
    case 3:
      return {
        kind: "wish",
        request: number(),
        wish: { kind: "propose", command: bytesOf(random) },
      };
    case 4: {
      const reply = { kind: "appended", index: number(), entryTerm: number() } as const;
      return { kind: "wishReply", request: number(), reply };
    }
    default: {
      const prevIndex = random.below(1_000);
      const entries = Array.from({ length: random.below(4) }, (_, at) => ({
        kind: "command" as const,
        index: prevIndex + 1 + at,
        term: number(),
        command: bytesOf(random),
      }));
      return { kind: "append", prevIndex, prevTerm: number(), commit: number(), entries };
    }
  }
}

function messageOf(random: Random): RaftMessage {
  const head = { group: random.below(2 ** 32), disk: numberOf(random), term: numberOf(random) };
  return { ...head, ...bodyOf(random) };
}

it("writes the very bytes that the parser of all messages would, and both read them alike", () => {
  const random = new Random(7);
  let hotCount = 0;
  for (let round = 0; round < 3_000; round += 1) {
    const message = messageOf(random);
    const bytes = encodeHotRaft(message);
    if (bytes === undefined) throw new Error("it writes all of these");
    const parsed = fromBinary(RaftSchema, bytes);
    expect(toBinary(RaftSchema, create(RaftSchema, parsed))).toEqual(bytes);
    const hot = decodeHotRaft(bytes);
    if (hot !== undefined) {
      hotCount += 1;
      expect(hot).toEqual(message);
    }
    expect(decodeRaft(bytes, () => undefined)).toEqual(message);
  }
  expect(hotCount).toBeGreaterThan(300);
});

it("reads nothing into bytes that are cut, longer or changed", () => {
  const random = new Random(8);
  for (let round = 0; round < 1_000; round += 1) {
    const bytes = encodeHotRaft(messageOf(random));
    if (bytes === undefined) throw new Error("it writes all of these");
    expect(decodeHotRaft(Uint8Array.of(...bytes, 0))).toBeUndefined();
    const cut = bytes.subarray(0, random.below(bytes.length));
    expect(decodeHotRaft(cut)).toBeUndefined();
    const changed = bytes.slice();
    changed[random.below(bytes.length)] = random.below(256);
    // Whatever it takes, the other parser takes for the same.
    const hot = decodeHotRaft(changed);
    if (hot === undefined) continue;
    const again = encodeHotRaft(hot);
    expect(again && fromBinary(RaftSchema, again)).toEqual(fromBinary(RaftSchema, changed));
  }
});
