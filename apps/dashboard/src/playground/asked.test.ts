import { expect, test } from "vitest";
import { addressOf, playAt } from "./address-text.ts";
import { type Asked, askedAddress, askedAt, firstAsked } from "./asked.ts";
import { firstSpread } from "./spread/spread-play.ts";
import { spreadRules } from "./spread/spread-stage.ts";

test("the table that is asked for comes back from the address, beside what is played", () => {
  const parameters = { subnetsCount: 4, lossRatio: 0.25, skew: -1e-7 };
  const asked: Asked = { name: "heartbeat-levels", seed: 9, runsCount: 3, parameters };
  const address = `${addressOf(spreadRules, firstSpread)}&${askedAddress(asked)}`;
  expect(askedAt(address)).toEqual(asked);
  expect(playAt(spreadRules, address)).toEqual({ play: firstSpread, complaints: [] });
  expect(askedAddress(firstAsked)).toBe("");
  expect(askedAt("")).toEqual(firstAsked);
});

test("a table that makes no sense in an address is as at first", () => {
  const absurd = "tableSeed=-1&runs=1e9&set=nodesCount_NaN~_3~x~lossRatio_";
  expect(askedAt(absurd)).toEqual(firstAsked);
  const many = Array.from({ length: 9_999 }, (_, at) => `p${at}_1`).join("~");
  expect(Object.keys(askedAt(`set=${many}`).parameters ?? {})).toHaveLength(50);
});
