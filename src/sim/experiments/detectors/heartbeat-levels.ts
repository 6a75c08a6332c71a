import type { PeerId } from "../../../core/peer.ts";
import type { ExpectedValue, Experiment } from "../experiment.ts";
import { DetectorTown } from "./town.ts";

const ROUND_MS = 1_000;
const WARM_UP_ROUNDS = 30;
/** After which a beat that is not everywhere is lost. */
const ROUNDS_MAX = 100;

const NAMES = {
  flat: "flat: rounds until a beat is known to all",
  levels: "subnets: rounds until a beat is known to all",
  slower: "subnets, of flat: rounds",
  crossing: "flat, of subnets: messages between subnets",
} as const;

/** Gossip that stays in its subnet but now and then: slower by half, and much less between them. */
export const heartbeatLevels: Experiment = {
  name: "heartbeat-levels",
  proves: "Gossip by levels takes half as long again, and crosses subnets some 16 times less.",
  source: "van Renesse, Minsky, Hayden 1998, §5: 256 members, 16 subnets of 16",
  parameters: { subnetsCount: 16, membersCount: 16, beatsCount: 5 },
  runsCount: 2,
  run({ onPass, parameters, seed }) {
    const { beatsCount = 0, membersCount = 0, subnetsCount = 0 } = parameters;
    const nodesCount = subnetsCount * membersCount;
    const subnetOf = (node: number): number => Math.floor(node / membersCount);
    const measure = (name: string, domainsOf?: (peer: PeerId) => readonly string[]) => {
      onPass?.(name);
      const setting = domainsOf === undefined ? {} : { domainsOf };
      return new LevelsRun({ seed, nodesCount, subnetOf, setting }).run(beatsCount);
    };
    const flat = measure("flat");
    const levels = measure("subnets", (peer) => [String(subnetOf(Number(peer)))]);
    const values = {
      [NAMES.flat]: flat.rounds,
      [NAMES.levels]: levels.rounds,
      [NAMES.slower]: levels.rounds / flat.rounds,
      [NAMES.crossing]: flat.crossing / levels.crossing,
    };
    return { values, curves: [] };
  },
  expectedAt: ({ membersCount = 0, subnetsCount = 0 }) => {
    const nodesCount = membersCount * subnetsCount;
    // Of flat messages, all but those to the own subnet cross; of the others one in each subnet.
    const value = ((nodesCount - membersCount) / (nodesCount - 1)) * membersCount;
    const crossing: ExpectedValue = { value, toleranceRatio: 0.1, source: "follows; paper: 16" };
    const about = "van Renesse 1998, §5: about half as long again, by eye";
    return {
      [NAMES.crossing]: crossing,
      [NAMES.slower]: { value: 1.5, toleranceRatio: 0.3, source: about },
    };
  },
};

interface LevelsSetting {
  readonly seed: number;
  readonly nodesCount: number;
  readonly subnetOf: (node: number) => number;
  readonly setting: { readonly domainsOf?: (peer: PeerId) => readonly string[] };
}

class LevelsRun {
  private readonly town: DetectorTown;
  private crossing = 0;

  constructor({ nodesCount, seed, setting, subnetOf }: LevelsSetting) {
    // All fits into one message, and nobody dies.
    const heartbeat = { messageMaxBytes: 65_536, failAfterMs: 600_000, localPauseMs: 600_000 };
    const town = new DetectorTown({
      seed,
      nodesCount,
      detector: "heartbeat",
      heartbeat,
      ...setting,
    });
    this.town = town;
    town.simulator.trace(({ node, peer, what }) => {
      if (what === "send" && subnetOf(Number(node)) !== subnetOf(Number(peer))) this.crossing += 1;
    });
  }

  run(beatsCount: number): { rounds: number; crossing: number } {
    this.town.runForMs(WARM_UP_ROUNDS * ROUND_MS);
    this.crossing = 0;
    const begunMs = this.town.simulator.nowMs;
    let rounds = 0;
    for (let beat = 0; beat < beatsCount; beat += 1) rounds += this.follow(beat);
    const passed = (this.town.simulator.nowMs - begunMs) / ROUND_MS;
    return { rounds: rounds / beatsCount, crossing: this.crossing / passed };
  }

  /** Rounds until the present beat of a node is known to all. */
  private follow(number: number): number {
    const { town } = this;
    const source = (number * 37) % town.members.length;
    const peer = town.peer(source);
    const present = town.member(source).beatOf?.(peer) ?? 0;
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds += 1) {
      const isKnown = town.members.every((member) => (member.beatOf?.(peer) ?? 0) >= present);
      if (isKnown) return rounds;
      town.runForMs(ROUND_MS);
    }
    return ROUNDS_MAX;
  }
}
