/** The trace of docs/protocols/raft.md is what the simulator gives. */
import { expect, test } from "vitest";
import { encodeUtf8 } from "../core/text.ts";
import { RaftTown } from "../sim/raft/raft-town.ts";
import { shownTrace } from "../testing/page-rig.ts";
import type { Entry } from "./entry.ts";
import type { RaftMessage } from "./raft.messages.ts";

const NAMES = ["a", "b", "c"];

function nameOf(index: number | string | undefined): string {
  return NAMES[Number(index)] ?? "?";
}

function entryText(entry: Entry): string {
  const content = entry.kind === "config" ? "members a b c" : entry.kind;
  return `${entry.index}@${entry.term} ${content}`;
}

function line(message: RaftMessage): string {
  switch (message.kind) {
    case "preVote":
    case "vote":
      return `my log ends at ${message.lastIndex}@${message.lastTerm}`;
    case "preVoteReply":
    case "voteReply":
      return message.verdict;
    case "append": {
      const { commit, entries, prevIndex, prevTerm } = message;
      const list = entries.map(entryText).join(", ");
      return `behind ${prevIndex}@${prevTerm}: ${list}; committed ${commit}`;
    }
    case "taken":
      return `to ${message.match}, on disk`;
    case "heartbeat":
      return `committed ${message.commit}, round ${message.round}`;
    case "heartbeatReply":
      return `round ${message.round}`;
    case "wish":
      return message.wish.kind;
    case "wishReply":
      return message.reply.kind === "refused"
        ? "refused"
        : `${message.reply.kind} ${message.reply.index}`;
    default:
      return "";
  }
}

function trace(): string {
  const lines: string[] = [];
  const town = new RaftTown({
    seed: 6,
    votersCount: 3,
    keeps: "nothing",
    latency: { kind: "constant", ms: 10 },
    diskLatencyMinMs: 1,
    diskLatencyMaxMs: 1,
    raft: { heartbeatIntervalMs: 400, helloIntervalMs: 2_000 },
  });
  const { simulator } = town;
  const note = (text: string): void => {
    lines.push(`${String(Math.round(simulator.nowMs)).padStart(5)} ms  ${text}`);
  };
  simulator.trace(({ node, peer, subject, what }) => {
    if (what !== "send" && what !== "fault") return;
    if (what === "fault") return note(`${nameOf(node)} dies`);
    const message = subject as RaftMessage;
    const who = `${nameOf(node)} → ${nameOf(peer)}`;
    note(`${who}  term ${message.term}  ${message.kind.padEnd(14)}  ${line(message)}`.trimEnd());
  });
  simulator.runUntil(() => town.servers.every(({ raft }) => raft.applied === 2), 10_000);
  simulator.runForMs(50);
  const { leader } = town;
  const follower = town.servers.find((server) => server !== leader);
  if (leader === undefined || follower === undefined) throw new Error("there is no leader");
  town.call(follower, () => follower.propose(encodeUtf8("x")));
  simulator.runForMs(100);
  town.call(follower, () => follower.read());
  simulator.runForMs(100);
  simulator.crash(leader.node);
  simulator.runUntil(() => follower.raft.applied === 4, 10_000);
  return lines.join("\n");
}

test("the page shows the true trace", () => {
  expect(shownTrace("protocols/raft.md", "raft")).toBe(trace());
});
