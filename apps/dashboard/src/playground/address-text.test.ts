import { expect, test } from "vitest";
import { spreadDefaults } from "../../../../src/sim/playground/spread.options.ts";
import { addressOf, firstPlay, type Play, playAt } from "./address-text.ts";

test("what is played comes back from its address", () => {
  const play: Play = {
    seed: 77,
    protocols: ["pull", "plumtree"],
    numbers: { ...spreadDefaults, nodesCount: 5_000, lossRatio: 0.25 },
    deeds: [
      { do: "infect", atMs: 0, node: 12 },
      { do: "part", atMs: 2_000, from: [-0.5, 1], to: [0.25, -1] },
      { do: "killSome", atMs: 3_000, ratio: 0.1 },
      { do: "kill", atMs: 3_000, node: 4 },
      { do: "heal", atMs: 9_000 },
    ],
  };
  expect(playAt(addressOf(play))).toEqual(play);
  expect(playAt("")).toEqual(firstPlay);
  expect(playAt(addressOf(firstPlay))).toEqual(firstPlay);
});

test("an address that makes no sense is still played, within bounds", () => {
  const play = playAt("seed=-4&a=constructor&b=&nodesCount=1e99&lossRatio=NaN&do=x~kill~infect_-1");
  expect(play).toEqual({
    ...firstPlay,
    numbers: { ...spreadDefaults, nodesCount: 100_000 },
    deeds: [],
  });
  const many = `seed=1&do=${Array.from({ length: 999 }, () => "heal_1").join("~")}`;
  expect(playAt(many).deeds).toHaveLength(200);
});
