import { describe, expect, it } from "vitest";
import { peerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { GroupConfig } from "./entry.ts";
import type { RaftBody, RaftMessage } from "./raft.messages.ts";
import { decodeRaft, encodeRaft } from "./raft.wire.ts";
import {
  decodeRecord,
  decodeSnapshot,
  encodeRecord,
  encodeSnapshot,
  type KeptSnapshot,
} from "./state-bytes.ts";

const config: GroupConfig = {
  voters: [
    { peer: peerId("a"), disk: 1 },
    { peer: peerId("ü#1"), disk: 281_474_976_710_656 },
  ],
  learners: [{ peer: peerId("c"), disk: 3 }],
};
const command = new Uint8Array([0, 1, 255]);

const bodies: readonly RaftBody[] = [
  { kind: "hello" },
  { kind: "admit", peer: peerId("d"), newDisk: 9 },
  { kind: "welcome", birth: undefined },
  { kind: "welcome", birth: config },
  { kind: "lost" },
  { kind: "preVote", lastIndex: 7, lastTerm: 2 },
  { kind: "preVoteReply", verdict: "granted" },
  { kind: "vote", lastIndex: 7, lastTerm: 2, cause: "timeout" },
  { kind: "vote", lastIndex: 0, lastTerm: 0, cause: "transfer" },
  { kind: "voteReply", verdict: "refused" },
  {
    kind: "append",
    prevIndex: 4,
    prevTerm: 2,
    commit: 3,
    entries: [
      { kind: "noop", index: 5, term: 3 },
      { kind: "command", index: 6, term: 3, command },
      { kind: "config", index: 7, term: 3, config },
      { kind: "command", index: 8, term: 4, command: new Uint8Array(0) },
    ],
  },
  { kind: "taken", match: 8, keeps: "unasked" },
  { kind: "taken", match: 8, keeps: "asked" },
  { kind: "misfit", prevIndex: 9, hintIndex: 4, hintTerm: 2 },
  { kind: "heartbeat", commit: 8, round: 3 },
  { kind: "heartbeatReply", round: 3 },
  {
    ...{ kind: "chunk", index: 9, indexTerm: 2, config },
    ...{ totalBytes: 10, offset: 3, bytes: command },
  },
  { kind: "chunkReply", index: 9, offset: 6 },
  { kind: "timeoutNow" },
  { kind: "wish", request: 2 ** 52, wish: { kind: "propose", command } },
  { kind: "wish", request: 1, wish: { kind: "read" } },
  {
    ...{ kind: "wish", request: 1 },
    wish: { kind: "change", change: { kind: "addLearner", peer: peerId("e"), disk: 4 } },
  },
  {
    ...{ kind: "wish", request: 1 },
    wish: { kind: "change", change: { kind: "remove", peer: peerId("e") } },
  },
  { kind: "wishReply", request: 1, reply: { kind: "appended", index: 4, entryTerm: 2 } },
  { kind: "wishReply", request: 1, reply: { kind: "readable", index: 4 } },
  { kind: "wishReply", request: 1, reply: { kind: "refused", reason: "tooLarge" } },
];

const messages = bodies.map((body): RaftMessage => ({ group: 77, disk: 5, term: 3, ...body }));

describe("messages of Raft", () => {
  it.each(messages.map((message) => [message.kind, message] as const))("%s", (_, message) => {
    expect(decodeRaft(encodeRaft(message), peerId)).toEqual(message);
  });

  it("are refused where a number is too large, a name empty, or a member there twice", () => {
    const twice = { voters: [...config.voters, ...config.voters], learners: [] };
    const nobody = { voters: [{ peer: peerId(""), disk: 1 }], learners: [] };
    const noDisk = { voters: [{ peer: peerId("a"), disk: 0 }], learners: [] };
    for (const birth of [twice, nobody, noDisk]) {
      const bytes = encodeRaft({ group: 1, disk: 1, term: 1, kind: "welcome", birth });
      expect(decodeRaft(bytes, peerId)).toBeUndefined();
    }
    const term = Uint8Array.from([0x18, ...Array<number>(9).fill(0xff), 0x01]);
    expect(decodeRaft(term, peerId)).toBeUndefined();
  });

  it("never throw, whatever comes", () => {
    const random = new Random(5);
    const whole = messages.map(encodeRaft);
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = (random.pick(whole) ?? command).slice();
      const cut = bytes.subarray(0, random.below(bytes.length + 1));
      for (let flips = random.below(4); flips > 0 && cut.length > 0; flips -= 1) {
        cut[random.below(cut.length)] = random.below(256);
      }
      decodeRaft(cut, peerId);
      decodeRaft(random.bytes(random.below(60)), peerId);
    }
  });
});

describe("what is kept on disk", () => {
  it("records come back as they were", () => {
    const entries = messages.flatMap((one) => (one.kind === "append" ? one.entries : []));
    const records = [
      { kind: "seat", disk: 2 ** 48, group: 2 ** 32 - 1 },
      { kind: "term", term: 4, vote: undefined },
      { kind: "term", term: 4, vote: peerId("a") },
      { kind: "term", term: 4, vote: peerId(7) },
      ...entries.map((entry) => ({ kind: "entry", entry }) as const),
    ] as const;
    for (const record of records) expect(decodeRecord(encodeRecord(record))).toEqual(record);
  });

  it("a snapshot comes back as it was", () => {
    const kept: KeptSnapshot = {
      ...{ disk: 3, group: 4, term: 9, vote: peerId("a") },
      base: { index: 5, term: 2 },
      baseConfig: { voters: config.voters, learners: [] },
      snapshot: { index: 7, term: 3, config, bytes: command },
    };
    expect(decodeSnapshot(encodeSnapshot(kept))).toEqual(kept);
  });

  it("other bytes are refused and nothing is thrown", () => {
    const random = new Random(6);
    for (let round = 0; round < 5_000; round += 1) {
      const bytes = random.bytes(random.below(60));
      if (bytes.length > 0 && random.chance(0.5)) bytes[0] = 1;
      decodeRecord(bytes);
      decodeSnapshot(bytes);
    }
    expect(decodeRecord(new Uint8Array([2, 1, 1, 1]))).toBeUndefined();
    expect(decodeSnapshot(new Uint8Array(0))).toBeUndefined();
  });
});
