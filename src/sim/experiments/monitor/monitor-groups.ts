import { at } from "../../../core/collections/at.ts";
import { log2, sqrt } from "../../../core/math.ts";
import type { ExpectedValue, Experiment } from "../experiment.ts";
import { MonitorTown } from "./monitor-town.ts";

const WARM_UP_ROUNDS = 30;
/** Time for a member's death to be agreed upon, and for a group's. */
const MEMBER_ROUNDS = 45;
const GROUP_ROUNDS = 65;

const NAMES = {
  messageBytes: "bytes of a message, records left out (B)",
  perRoot: "… for each √n (B)",
  roundBytes: "sent by a node in a round, records and all (B)",
  member: "a member crashes: all of its group know after (rounds)",
  memberShare: "… share of its group that knows at the end",
  memberBeyond: "… beyond the cleanup time (rounds)",
  group: "a whole group crashes: all others know after (rounds)",
  groupShare: "… share of others that knows at the end",
  falseDeaths: "deaths of whom nobody killed",
} as const;

/** GEMS's layers: what a message weighs, and how soon deaths are agreed on. */
export const monitorGroups: Experiment = {
  name: "monitor-groups",
  proves: "Members watch each other in groups of √n, and agree on dead members and dead groups.",
  source: "ours, in the manner of GEMS; spec aggregation §8, §11",
  parameters: { nodesCount: 256, lossRatio: 0.1, sensorsCount: 1 },
  runsCount: 3,
  run({ onPass, parameters, seed }) {
    const { lossRatio = 0, nodesCount = 0, sensorsCount = 1 } = parameters;
    const town = new MonitorTown({ seed, nodesCount, lossRatio, sensorsCount });
    onPass?.("all hear of all");
    town.runRounds(WARM_UP_ROUNDS);
    const { messageBytes, roundBytes } = town.takeTraffic(WARM_UP_ROUNDS);
    onPass?.("a member crashes");
    const victim = at(town.simulator.nodes, nodesCount - 1);
    const { cleanupRounds, groupId } = at(town.monitors, nodesCount - 1);
    const mates = town.nodesOf(groupId).filter(({ index }) => index !== victim.index);
    const crashedAtMs = town.simulator.nowMs;
    town.crash([victim]);
    town.runRounds(MEMBER_ROUNDS);
    const members = town.deathsOf(`n${victim.index}`);
    const memberRounds = roundsTo(members, crashedAtMs, town.roundMs);
    onPass?.("a group crashes");
    const doomed = [...town.layout.groups.keys()].find((id) => id !== groupId);
    const fallenAtMs = town.simulator.nowMs;
    if (doomed !== undefined) town.crash(town.nodesOf(doomed).filter(({ isAlive }) => isAlive));
    if (doomed !== undefined) town.runRounds(GROUP_ROUNDS);
    const groups = doomed === undefined ? [] : town.deathsOf(doomed);
    const values = {
      [NAMES.messageBytes]: messageBytes,
      [NAMES.perRoot]: messageBytes / sqrt(nodesCount),
      [NAMES.roundBytes]: roundBytes,
      [NAMES.member]: memberRounds,
      [NAMES.memberShare]: members.length / mates.length,
      [NAMES.memberBeyond]: memberRounds - cleanupRounds.members,
      [NAMES.group]: roundsTo(groups, fallenAtMs, town.roundMs),
      [NAMES.groupShare]: doomed === undefined ? 1 : groups.length / town.living().length,
      [NAMES.falseDeaths]: town.falseDeaths().length,
    };
    return { values, curves: [] };
  },
  expectedAt: ({ nodesCount = 0 }) => ({
    [NAMES.falseDeaths]: { value: 0, bound: "atMost", of: "eachRun", source: "spec §11" },
    [NAMES.memberShare]: exactly("spec §8: who notices tells all"),
    [NAMES.groupShare]: exactly("spec §8: among groups by the same consensus"),
    [NAMES.memberBeyond]: {
      value: 2 * log2(nodesCount),
      bound: "atMost",
      of: "eachRun",
      source: "spec §11: cleanup time and 2 log₂ n",
    },
  }),
};

function roundsTo(deaths: readonly { readonly atMs: number }[], sinceMs: number, roundMs: number) {
  const last = deaths.reduce((latest, { atMs }) => Math.max(latest, atMs), sinceMs);
  return (last - sinceMs) / roundMs;
}

function exactly(source: string): ExpectedValue {
  return { value: 1, bound: "atLeast", of: "eachRun", source };
}
