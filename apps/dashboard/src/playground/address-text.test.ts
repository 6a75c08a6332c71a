import { expect, test } from "vitest";
import { spreadDefaults } from "../../../../src/sim/playground/spread.options.ts";
import { addressOf as addressBy, playAt as playBy } from "./address-text.ts";
import { firstSpread as firstPlay, type SpreadPlay } from "./spread/spread-play.ts";
import { scenarios } from "./spread/spread-scenarios.ts";
import { spreadRules } from "./spread/spread-stage.ts";

const addressOf = (play: SpreadPlay) => addressBy(spreadRules, play);
const playAt = (address: string) => playBy(spreadRules, address);

test("what is played comes back from its address", () => {
  const play: SpreadPlay = {
    seed: 77,
    protocols: ["pull", "plumtree"],
    numbers: { ...spreadDefaults, nodesCount: 5_000, lossRatio: 0.25 },
    deeds: [
      { do: "infect", atMs: 0, node: 12 },
      { do: "part", atMs: 2_000, from: [-0.5, 1], to: [0.25, -1] },
      { do: "killSome", atMs: 3_000, ratio: 0.1 },
      { do: "kill", atMs: 3_437.125, node: 4 },
      { do: "heal", atMs: 9_000 },
    ],
    scenario: "partition",
  };
  expect(playAt(addressOf(play))).toEqual({ play, complaints: [] });
  expect(playAt("")).toEqual({ play: scenarios[0]!.play, complaints: [] });
  expect(playAt(addressOf(firstPlay))).toEqual({ play: firstPlay, complaints: [] });
  const nothing = { ...firstPlay, deeds: [] };
  expect(playAt(addressOf(nothing)).play).toEqual(nothing);
});

test("every scenario is shared by its address, and has a name of its own", () => {
  for (const { name, play } of scenarios) {
    expect(playAt(`scenario=${name}`)).toEqual({ play, complaints: [] });
    expect(playAt(addressOf(play))).toEqual({ play, complaints: [] });
  }
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length);
});

test("an address that makes no sense is still played, within bounds, and says what it left", () => {
  const address =
    "seed=-4&a=constructor&b=&nodesCount=1e99&lossRatio=NaN&do=x~kill~infect_-1&scenario=no&z=1";
  const { complaints, play } = playAt(address);
  expect(play).toEqual({
    ...firstPlay,
    numbers: { ...spreadDefaults, nodesCount: 100_000 },
    deeds: [],
  });
  expect(complaints).toEqual([
    "unknown name “z”: left out",
    "scenario “no”: there is none of this name",
    "nodesCount “1e99”: taken for 100000",
    "lossRatio “NaN”: taken for 0",
    "seed “-4”: a whole number up to 4294967295 is wanted; taken for 1",
    "protocol “constructor”: taken for push",
    "protocol “”: taken for pushPull",
    "deed “x”: left out",
    "deed “kill”: left out",
    "deed “infect_-1”: left out",
  ]);
  const many = playAt(`seed=1&do=${Array.from({ length: 999 }, () => "heal_1").join("~")}`);
  expect(many.play.deeds).toHaveLength(200);
  expect(many.complaints).toEqual(["deeds “999”: the first 200 are kept"]);
});

test("an address of a megabyte is read like any other, and does not fill the page", () => {
  const names = Array.from({ length: 100_000 }, (_, at) => `name${at}=1`).join("&");
  const { complaints, play } = playAt(`${names}&do=infect_0_0~kill_0.1_3~heal_1e300`);
  expect(complaints).toHaveLength(21);
  expect(complaints.at(-1)).toBe("and more like these");
  expect(play.deeds).toEqual([
    { do: "infect", atMs: 0, node: 0 },
    { do: "kill", atMs: 0.125, node: 3 },
  ]);
});
