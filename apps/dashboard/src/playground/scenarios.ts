/** Ready-made courses: what is worth seeing, and one run of published tables in the towns. */
import { spreadDefaults } from "../../../../src/sim/playground/spread.options.ts";
import { firstPlay, newsAtStart, type Play } from "./play.ts";

export interface Scenario {
  /** As in addresses. */
  readonly name: string;
  readonly title: string;
  /** What there is to see. */
  readonly says: string;
  /** The experiment whose setting it is. */
  readonly table?: string;
  readonly play: Play;
}

function scenario(
  name: string,
  words: Pick<Scenario, "title" | "says" | "table">,
  play: Partial<Omit<Play, "numbers">> & { readonly numbers?: Partial<Play["numbers"]> },
): Scenario {
  const numbers = { ...spreadDefaults, ...play.numbers };
  return { name, ...words, play: { ...firstPlay, ...play, numbers, scenario: name } };
}

/** Published residues of pushed rumors with feedback and counters, by k. [Demers 1987 Table 1] */
const residues = ["18 %", "3.7 %", "1.1 %", "0.36 %", "0.12 %"];

export const scenarios: readonly Scenario[] = [
  scenario(
    "push-and-push-pull",
    {
      title: "Push, and push-pull",
      says: "Pushed news slows down when most know it already; who also asks ends it in a few rounds.",
    },
    {},
  ),
  ...residues.map((residue, at) =>
    scenario(
      `demers-table-1-k${at + 1}`,
      {
        title: `Demers 1987, Tables 1 and 3: k = ${at + 1}`,
        says:
          `1,000 sites, one call a round. Pushed, ${residue} are published to stay ignorant ` +
          "(town A); pulled, far fewer (town B).",
        table: "demers-table-1",
      },
      { protocols: ["push", "pull"], numbers: { interestCount: at + 1 } },
    ),
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
      table: "plumtree-table-1",
    },
    { protocols: ["flooding", "plumtree"], numbers: { lossRatio: 0.45, neighboursCount: 4 } },
  ),
  scenario(
    "threshold",
    {
      title: "Below the threshold it dies out",
      says:
        "Infect and die with two calls a node reaches four in five; flooding with four " +
        "neighbours and the same loss nearly all.",
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

export function findScenario(name: string): Scenario | undefined {
  return scenarios.find((one) => one.name === name);
}
