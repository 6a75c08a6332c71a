/** Ready-made courses: what is worth seeing, and one run of published tables in the towns. */
import { spreadDefaults } from "../../../../../src/sim/playground/spread.options.ts";
import {
  experimentName,
  type SpreadProtocolName,
  spreadProtocols,
} from "../../../../../src/sim/playground/spread-protocols.ts";
import { firstSpread, newsAtStart, type SpreadPlay, type SpreadScenario } from "./spread-play.ts";

function scenario(
  name: string,
  words: Pick<SpreadScenario, "title" | "says" | "tables">,
  play: Partial<Omit<SpreadPlay, "numbers">> & {
    readonly numbers?: Partial<SpreadPlay["numbers"]>;
  },
): SpreadScenario {
  const numbers = { ...spreadDefaults, ...play.numbers };
  return { name, ...words, play: { ...firstSpread, ...play, numbers, scenario: name } };
}

/** Published residues by k: pushed with feedback and counters; pushed blindly, with a coin. */
const residues = [
  { feedback: "18 %", blind: "96 %" },
  { feedback: "3.7 %", blind: "20 %" },
  { feedback: "1.1 %", blind: "6 %" },
  { feedback: "0.36 %", blind: "2.1 %" },
  { feedback: "0.12 %", blind: "0.8 %" },
];

const demersScenarios = residues.flatMap(({ blind, feedback }, place) => {
  const k = place + 1;
  const numbers = { interestCount: k };
  return [
    scenario(
      `demers-table-1-k${k}`,
      {
        title: `Demers 1987, Tables 1 and 3: k = ${k}`,
        says:
          `1,000 sites, one call a round. Pushed, ${feedback} are published to stay ignorant ` +
          "(town A); pulled, far fewer (town B).",
        tables: ["demers-table-1", ...(k <= 3 ? ["demers-table-3"] : [])],
      },
      { protocols: ["push", "pull"], numbers },
    ),
    scenario(
      `demers-table-2-k${k}`,
      {
        title: `Demers 1987, Table 2: k = ${k}`,
        says:
          `Pushed blindly, ${blind} are published to stay ignorant (town A); with feedback and ` +
          `a counter, ${feedback} (town B).`,
        tables: ["demers-table-2", ...(k >= 2 ? ["rumor-laws"] : [])],
      },
      { protocols: ["coin", "push"], numbers },
    ),
  ];
});

export const scenarios: readonly SpreadScenario[] = [
  scenario(
    "push-and-push-pull",
    {
      title: "Push, and push-pull",
      says: "Pushed news slows down once most know it; who also asks ends it in a few rounds.",
    },
    {},
  ),
  ...demersScenarios,
  scenario(
    "tireless",
    {
      title: "Karp 2000: nobody tires of telling",
      says: "Pushed, 1,000 nodes need log2 n + ln n rounds; told and asked, log3 n + ln ln n.",
      tables: ["rumor-rounds"],
    },
    { protocols: ["push", "pushPull"], numbers: { interestCount: 50 } },
  ),
  scenario(
    "rumor-or-anti-entropy",
    {
      title: "Rumors forget, anti-entropy does not",
      says: "One message in five is lost. Rumors leave a residue; anti-entropy leaves nobody out.",
    },
    { protocols: ["push", "antiEntropy"], numbers: { lossRatio: 0.2, interestCount: 1 } },
  ),
  scenario(
    "direct-mail",
    {
      title: "Direct mail, and why it is not enough",
      says: "As many hear as letters arrive. The same loss hardly hurts who tells and asks.",
    },
    { protocols: ["directMail", "pushPull"], numbers: { lossRatio: 0.1 } },
  ),
  scenario(
    "flood-or-tree",
    {
      title: "A flood, and a tree that mends itself",
      says:
        "The first message takes the same ways; with loss the flood leaves out whom it cuts off, " +
        "and Plumtree grafts. Time is told in hops.",
    },
    { protocols: ["flooding", "plumtree"], numbers: { lossRatio: 0.45, neighboursCount: 4 } },
  ),
  scenario(
    "infect-and-die",
    {
      title: "Infect and die, and a flood",
      says:
        "Two calls a node, one in ten lost: a quarter never hears. A flood over four neighbours " +
        "loses as much and leaves out nearly nobody.",
    },
    {
      protocols: ["blind", "flooding"],
      numbers: { fanoutCount: 2, interestCount: 1, lossRatio: 0.1, neighboursCount: 4 },
    },
  ),
  scenario(
    "partition",
    {
      title: "A partition, healed too late for rumors",
      says:
        "The network is parted in round 0 and whole again in round 25: by then nobody tells the " +
        "rumor any more; anti-entropy brings it over.",
    },
    {
      protocols: ["push", "antiEntropy"],
      deeds: [
        { atMs: 0, do: "part", from: [0.1, -1], to: [0.3, 1] },
        ...newsAtStart,
        { atMs: 25_000, do: "heal" },
      ],
    },
  ),
  scenario(
    "crash",
    {
      title: "Half of all nodes crash",
      says: "In round 8 every second node dies, tellers among them. The rest hears all the same.",
    },
    {
      protocols: ["push", "pull"],
      deeds: [...newsAtStart, { atMs: 8_000, do: "killSome", ratio: 0.5 }],
    },
  ),
  scenario(
    "large",
    {
      title: "20,000 nodes",
      says: "Twenty times as many nodes need five rounds more: the rounds grow with the logarithm.",
    },
    { numbers: { nodesCount: 20_000 } },
  ),
];

/** One run of an experiment, where the towns can show it. */
export function scenariosOf(table: string): readonly SpreadScenario[] {
  const names = Object.keys(spreadProtocols) as SpreadProtocolName[];
  const protocol = names.find((name) => experimentName(name) === table);
  if (protocol === undefined) return scenarios.filter(({ tables }) => tables?.includes(table));
  const protocols = [protocol, protocol === "pushPull" ? "push" : "pushPull"] as const;
  const play: SpreadPlay = { ...firstSpread, scenario: undefined, protocols };
  return [{ name: table, title: "This very town, beside another", says: "", play }];
}
