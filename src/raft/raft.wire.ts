/**
 * A message between two servers of a group as protobuf `hearsay.v1.Raft`.
 * Source: proto/hearsay/v1/raft.proto.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { PeerId } from "../core/peer.ts";
import * as gen from "../wire/gen/hearsay/v1/raft_pb.ts";
import { hasFewProtoFields } from "../wire/proto-fields.ts";
import type { Entry, GroupConfig, Seat } from "./entry.ts";
import type {
  MemberChange,
  RaftBody,
  RaftMessage,
  RefusalReason,
  Wish,
  WishReply,
} from "./raft.messages.ts";
import { decodeHotRaft, encodeHotRaft } from "./raft-hot.wire.ts";

/** Entries, or what else may come often, in one message. [because: raft.appendMaxCount is less] */
const FIELDS_MAX_COUNT = 16_384;
const SEATS_MAX_COUNT = 1_024;
/** Longest name of a peer. [because: memberlist's names are shorter] */
const NAME_MAX_LENGTH = 320;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

const refusals: Readonly<Record<RefusalReason, number>> = {
  notLeader: 1,
  full: 2,
  transferring: 3,
  busy: 4,
  absurd: 5,
  tooLarge: 6,
};

type BodyInit = NonNullable<MessageInitShape<typeof gen.RaftSchema>["body"]>;
type EntryInit = MessageInitShape<typeof gen.RaftEntrySchema>;
type ConfigInit = MessageInitShape<typeof gen.RaftConfigSchema>;
/** How a name becomes a peer: on a real node it is one. */
export type ReadPeer = (name: string) => PeerId | undefined;

export function encodeRaft(message: RaftMessage): Uint8Array {
  const hot = encodeHotRaft(message);
  if (hot !== undefined) return hot;
  const { disk, group, term } = message;
  const init = { group, disk: BigInt(disk), term: BigInt(term), body: bodyOf(message) };
  return toBinary(gen.RaftSchema, create(gen.RaftSchema, init));
}

/** Never throws. @returns undefined for bytes that are no message of Raft's. */
export function decodeRaft(bytes: Uint8Array, readPeer: ReadPeer): RaftMessage | undefined {
  const hot = decodeHotRaft(bytes);
  if (hot !== undefined) return hot;
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX_COUNT, maxDepth: 1 })) return undefined;
  try {
    const parsed = fromBinary(gen.RaftSchema, bytes);
    const head = {
      group: parsed.group,
      disk: numberOf(parsed.disk),
      term: numberOf(parsed.term),
    };
    return { ...head, ...new Reading(readPeer).body(parsed.body) };
  } catch {
    // The parser throws for bytes that are no protobuf, and `Reading` for what makes no sense.
    return undefined;
  }
}

/** What was read makes no sense; it never leaves this file. */
class Refusal extends Error {}

function bodyOf(message: RaftBody): BodyInit {
  switch (message.kind) {
    case "hello":
    case "lost":
    case "timeoutNow":
      return { case: message.kind, value: {} };
    case "admit":
      return { case: "admit", value: { seat: seatOf(message.peer, message.newDisk) } };
    case "welcome":
      return { case: "welcome", value: message.birth ? { birth: configOf(message.birth) } : {} };
    case "preVote":
    case "vote": {
      const isHandedOver = message.kind === "vote" && message.cause === "transfer";
      const { lastIndex, lastTerm } = bigintsOf(message);
      return { case: message.kind, value: { lastIndex, lastTerm, isHandedOver } };
    }
    case "preVoteReply":
    case "voteReply":
      return { case: message.kind, value: { isGranted: message.verdict === "granted" } };
    case "append": {
      const { commit, prevIndex, prevTerm } = bigintsOf(message);
      const entries = message.entries.map(entryOf);
      return { case: "append", value: { prevIndex, prevTerm, commit, entries } };
    }
    case "taken":
      return {
        case: "taken",
        value: { match: BigInt(message.match), isAsked: message.keeps === "asked" },
      };
    case "misfit": {
      const { hintIndex, hintTerm, prevIndex } = bigintsOf(message);
      return { case: "misfit", value: { prevIndex, hintIndex, hintTerm } };
    }
    default:
      return restOf(message);
  }
}

type Rest = Extract<
  RaftBody,
  { kind: "heartbeat" | "heartbeatReply" | "chunk" | "chunkReply" | "wish" | "wishReply" }
>;

function restOf(message: Rest): BodyInit {
  switch (message.kind) {
    case "heartbeat": {
      const { commit, round } = message;
      return { case: "heartbeat", value: { commit: BigInt(commit), round: BigInt(round) } };
    }
    case "heartbeatReply":
      return { case: "heartbeatReply", value: { round: BigInt(message.round) } };
    case "chunk": {
      const { index, indexTerm, offset, totalBytes } = bigintsOf(message);
      const { bytes } = message;
      const config = configOf(message.config);
      return { case: "chunk", value: { index, indexTerm, config, totalBytes, offset, bytes } };
    }
    case "chunkReply": {
      const { index, offset } = bigintsOf(message);
      return { case: "chunkReply", value: { index, offset } };
    }
    case "wish": {
      const request = BigInt(message.request);
      return { case: "wish", value: { request, wish: wishOf(message.wish) } };
    }
    case "wishReply": {
      const request = BigInt(message.request);
      return { case: "wishReply", value: { request, reply: replyOf(message.reply) } };
    }
  }
}

function wishOf(wish: Wish): NonNullable<MessageInitShape<typeof gen.RaftWishSchema>["wish"]> {
  if (wish.kind === "propose") return { case: "propose", value: wish.command };
  if (wish.kind === "read") return { case: "read", value: {} };
  const { change } = wish;
  if (change.kind === "addLearner") {
    return { case: "addLearner", value: seatOf(change.peer, change.disk) };
  }
  return { case: change.kind, value: String(change.peer) };
}

function replyOf(
  reply: WishReply,
): NonNullable<MessageInitShape<typeof gen.RaftWishReplySchema>["reply"]> {
  if (reply.kind === "refused") return { case: "refused", value: refusals[reply.reason] };
  if (reply.kind === "readable") return { case: "readable", value: BigInt(reply.index) };
  const { entryTerm, index } = reply;
  return { case: "appended", value: { index: BigInt(index), term: BigInt(entryTerm) } };
}

function entryOf(entry: Entry): EntryInit {
  const term = BigInt(entry.term);
  if (entry.kind === "command") {
    return { term, content: { case: "command", value: entry.command } };
  }
  if (entry.kind === "noop") return { term, content: { case: "noop", value: {} } };
  return { term, content: { case: "config", value: configOf(entry.config) } };
}

function configOf({ learners, voters }: GroupConfig): ConfigInit {
  const seats = (all: readonly Seat[]) => all.map(({ disk, peer }) => seatOf(peer, disk));
  return { voters: seats(voters), learners: seats(learners) };
}

function seatOf(peer: PeerId, disk: number) {
  return { peer: String(peer), disk: BigInt(disk) };
}

type Bigints<T> = { [K in keyof T as T[K] extends number ? K : never]: bigint };

/** All numbers of a message as protobuf wants them. */
function bigintsOf<T extends object>(message: T): Bigints<T> {
  const fields: readonly [string, unknown][] = Object.entries(message);
  const numbers = fields.flatMap(([name, value]): [string, bigint][] =>
    typeof value === "number" ? [[name, BigInt(value)]] : [],
  );
  return Object.fromEntries(numbers) as Bigints<T>;
}

function numberOf(value: bigint): number {
  if (value > SAFE_MAX) throw new Refusal();
  return Number(value);
}

/** Turns what was parsed into messages, and refuses what makes no sense. */
class Reading {
  private readonly readPeer: ReadPeer;

  constructor(readPeer: ReadPeer) {
    this.readPeer = readPeer;
  }

  body(body: gen.Raft["body"]): RaftBody {
    switch (body.case) {
      case "hello":
      case "lost":
      case "timeoutNow":
        return { kind: body.case };
      case "admit": {
        const { disk: newDisk, peer } = this.seat(body.value.seat);
        return { kind: "admit", peer, newDisk };
      }
      case "welcome": {
        const { birth } = body.value;
        return { kind: "welcome", birth: birth && this.config(birth) };
      }
      case "preVote":
      case "vote": {
        const lastIndex = numberOf(body.value.lastIndex);
        const lastTerm = numberOf(body.value.lastTerm);
        if (body.case === "preVote") return { kind: "preVote", lastIndex, lastTerm };
        const cause = body.value.isHandedOver ? "transfer" : "timeout";
        return { kind: "vote", lastIndex, lastTerm, cause };
      }
      case "preVoteReply":
      case "voteReply":
        return { kind: body.case, verdict: body.value.isGranted ? "granted" : "refused" };
      case "append":
        return this.append(body.value);
      case "taken":
        return {
          kind: "taken",
          match: numberOf(body.value.match),
          keeps: body.value.isAsked ? "asked" : "unasked",
        };
      case "misfit": {
        const { hintIndex, hintTerm, prevIndex } = body.value;
        const hint = { hintIndex: numberOf(hintIndex), hintTerm: numberOf(hintTerm) };
        return { kind: "misfit", prevIndex: numberOf(prevIndex), ...hint };
      }
      default:
        return this.rest(body);
    }
  }

  private rest(body: gen.Raft["body"]): RaftBody {
    switch (body.case) {
      case "heartbeat": {
        const { commit, round } = body.value;
        return { kind: "heartbeat", commit: numberOf(commit), round: numberOf(round) };
      }
      case "heartbeatReply":
        return { kind: "heartbeatReply", round: numberOf(body.value.round) };
      case "chunk":
        return this.chunk(body.value);
      case "chunkReply": {
        const { index, offset } = body.value;
        return { kind: "chunkReply", index: numberOf(index), offset: numberOf(offset) };
      }
      case "wish": {
        const request = numberOf(body.value.request);
        return { kind: "wish", request, wish: this.wish(body.value.wish) };
      }
      case "wishReply": {
        const request = numberOf(body.value.request);
        return { kind: "wishReply", request, reply: this.reply(body.value.reply) };
      }
      default:
        throw new Refusal();
    }
  }

  private append({ commit, entries, prevIndex, prevTerm }: gen.RaftAppend): RaftBody {
    const before = numberOf(prevIndex);
    if (before + entries.length > Number.MAX_SAFE_INTEGER) throw new Refusal();
    return {
      kind: "append",
      prevIndex: before,
      prevTerm: numberOf(prevTerm),
      commit: numberOf(commit),
      entries: entries.map((entry, at) => this.entry(entry, before + 1 + at)),
    };
  }

  private entry({ content, term }: gen.RaftEntry, index: number): Entry {
    const head = { index, term: numberOf(term) };
    switch (content.case) {
      case "command":
        return { kind: "command", ...head, command: content.value };
      case "noop":
        return { kind: "noop", ...head };
      case "config":
        return { kind: "config", ...head, config: this.config(content.value) };
      default:
        throw new Refusal();
    }
  }

  private chunk(chunk: gen.RaftChunk): RaftBody {
    return {
      kind: "chunk",
      index: numberOf(chunk.index),
      indexTerm: numberOf(chunk.indexTerm),
      config: this.config(chunk.config),
      totalBytes: numberOf(chunk.totalBytes),
      offset: numberOf(chunk.offset),
      bytes: chunk.bytes,
    };
  }

  private wish(wish: gen.RaftWish["wish"]): Wish {
    switch (wish.case) {
      case "propose":
        return { kind: "propose", command: wish.value };
      case "read":
        return { kind: "read" };
      case "addLearner":
        return { kind: "change", change: { kind: "addLearner", ...this.seat(wish.value) } };
      case "promote":
      case "remove": {
        const change: MemberChange = { kind: wish.case, peer: this.peer(wish.value) };
        return { kind: "change", change };
      }
      default:
        throw new Refusal();
    }
  }

  private reply(reply: gen.RaftWishReply["reply"]): WishReply {
    switch (reply.case) {
      case "appended": {
        const { index, term } = reply.value;
        return { kind: "appended", index: numberOf(index), entryTerm: numberOf(term) };
      }
      case "readable":
        return { kind: "readable", index: numberOf(reply.value) };
      case "refused": {
        const names = Object.entries(refusals) as [RefusalReason, number][];
        const found = names.find(([, number]) => number === reply.value);
        // A reason of a later version is a reason all the same.
        return { kind: "refused", reason: found?.[0] ?? "busy" };
      }
      default:
        throw new Refusal();
    }
  }

  private config(config: gen.RaftConfig | undefined): GroupConfig {
    if (config === undefined) throw new Refusal();
    const { learners, voters } = config;
    if (learners.length + voters.length > SEATS_MAX_COUNT) throw new Refusal();
    const seats = (all: readonly gen.RaftSeat[]) => all.map((seat) => this.seat(seat));
    const read = { voters: seats(voters), learners: seats(learners) };
    const names = new Set([...read.voters, ...read.learners].map(({ peer }) => peer));
    // Whoever stood there twice would be counted twice.
    if (names.size !== learners.length + voters.length) throw new Refusal();
    return read;
  }

  private seat(seat: gen.RaftSeat | undefined): Seat {
    if (seat === undefined) throw new Refusal();
    const disk = numberOf(seat.disk);
    if (disk === 0) throw new Refusal();
    return { peer: this.peer(seat.peer), disk };
  }

  private peer(name: string): PeerId {
    const peer = name === "" || name.length > NAME_MAX_LENGTH ? undefined : this.readPeer(name);
    if (peer === undefined) throw new Refusal();
    return peer;
  }
}
