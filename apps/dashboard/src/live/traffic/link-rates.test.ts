import { expect, test } from "vitest";
import {
  busiestFirst,
  type LinkAnswer,
  type LinkLooks,
  linkRate,
  withLinks,
} from "./link-rates.ts";

function link(peer: string, since: number | undefined, sentBytes?: number): LinkAnswer {
  const waiting = { queuedFrames: 0, queuedBytes: 0, unsentBytes: 0 };
  if (since === undefined || sentBytes === undefined) return { peer, state: "down", ...waiting };
  return { peer, state: "up", since, sentBytes, receivedBytes: 5, ...waiting };
}

test("rates are of one link's life, between two looks", () => {
  let looks: LinkLooks = withLinks(new Map(), 1, [link("p2", 7, 100), link("p3", undefined)]);
  expect(linkRate(looks, "p2", "sentBytes")).toBeUndefined();
  looks = withLinks(looks, 3, [link("p2", 7, 500), link("p3", undefined)]);
  expect(linkRate(looks, "p2", "sentBytes")).toBe(200);
  expect(linkRate(looks, "p2", "receivedBytes")).toBe(0);
  expect(linkRate(looks, "p3", "sentBytes")).toBeUndefined();
  looks = withLinks(looks, 4, [link("p2", 9, 20)]);
  expect(linkRate(looks, "p2", "sentBytes")).toBeUndefined();
  expect([...looks.keys()]).toEqual(["p2"]);
});

test("whose peer is slow stands first, then who has carried the most", () => {
  const slow: LinkAnswer = { ...link("p9", 7, 1), unsentBytes: 3 };
  const links = [link("p1", undefined), link("p2", 7, 10), link("p3", 7, 500), slow];
  expect(busiestFirst(links).map(({ peer }) => peer)).toEqual(["p9", "p3", "p2", "p1"]);
});
