/** Protocols and their numbers in the words of the field, each with an explanation. */

import type { SpreadNumbers } from "../../../../../src/sim/playground/spread.options.ts";
import type { SpreadProtocolName } from "../../../../../src/sim/playground/spread-protocols.ts";
import { figures } from "../../shared/format.ts";
import type { NumberRule } from "../play.ts";

export type NumberName = keyof SpreadNumbers;

export const protocolTitles: Readonly<Record<SpreadProtocolName, string>> = {
  push: "Rumor: push",
  pull: "Rumor: pull",
  pushPull: "Rumor: push-pull",
  coin: "Rumor: blind, coin",
  blind: "Infect and die",
  antiEntropy: "Anti-entropy",
  flooding: "Flooding",
  plumtree: "Plumtree",
  directMail: "Direct mail",
};

interface SpreadNumberRule extends NumberRule {
  /** Who has it; all where it is not said. */
  readonly of?: readonly SpreadProtocolName[];
}

const rounds = ["push", "pull", "pushPull", "coin", "blind", "antiEntropy"] as const;

export const numberRules: Readonly<Record<NumberName, SpreadNumberRule>> = {
  nodesCount: {
    least: 2,
    most: 100_000,
    label: "Nodes",
    says: "How many there are, up to 100,000 in each town.",
  },
  lossRatio: {
    least: 0,
    most: 0.95,
    label: "Loss",
    says: "Share of all messages that the network loses: 0.2 is one in five.",
    step: 0.01,
  },
  latencyMinMs: {
    least: 0,
    most: 400,
    label: "Latency from, ms",
    says: "The least time a message is under way.",
  },
  latencyMaxMs: {
    least: 0,
    most: 400,
    label: "to, ms",
    says: "The longest; between the two all are equally likely.",
  },
  fanoutCount: {
    least: 1,
    most: 20,
    label: "Fanout",
    says: "Peers that a node calls in each round.",
    of: rounds,
  },
  interestCount: {
    least: 1,
    most: 50,
    label: "Interest k",
    says:
      "Calls to nodes that had heard already, until a teller loses interest; with a coin, one in " +
      "k loses it each round; of infect and die, the rounds in which a node tells.",
    of: ["push", "pull", "pushPull", "coin", "blind"],
  },
  neighboursCount: {
    least: 2,
    most: 20,
    label: "Neighbours",
    says: "Of each node in the overlay, a random graph of few links a node.",
    of: ["flooding", "plumtree"],
  },
  roundIntervalMs: {
    least: 100,
    most: 10_000,
    label: "Round, ms",
    says: "How often a node calls others; all do so at the same moments, but in anti-entropy.",
    of: rounds,
  },
};

/** Whether one of the two has such a number. */
export function applies(name: NumberName, protocols: readonly SpreadProtocolName[]): boolean {
  const { of } = numberRules[name];
  return of === undefined || protocols.some((protocol) => of.includes(protocol));
}

/** `96.3 %`; what rounds to nothing is not called nothing. */
export function percent(share: number): string {
  return share > 0 && share < 0.000_1 ? "< 0.01 %" : `${figures(share * 100)} %`;
}
