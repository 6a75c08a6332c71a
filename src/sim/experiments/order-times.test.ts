import { expect, it } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { type Arrival, causalTimes, fifoTimes } from "./order-times.ts";

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 1);

function at(kind: Arrival["kind"], ms: number, node: number, dot: [typeof a, number]): Arrival {
  const [origin, seq] = dot;
  return { kind, ms, node, origin, seq, name: `${origin}:${seq}` };
}

/** b answers a's second event; node 2 hears the answer first, then a's events the wrong way. */
const arrivals = [
  at("sent", 0, 0, [a, 1]),
  at("sent", 1, 0, [a, 2]),
  at("came", 2, 1, [a, 1]),
  at("came", 3, 1, [a, 2]),
  at("sent", 4, 1, [b, 1]),
  at("came", 5, 2, [b, 1]),
  at("came", 6, 2, [a, 2]),
  at("came", 9, 2, [a, 1]),
];

it("fifo holds back what is behind another of its origin", () => {
  const told = fifoTimes(arrivals).slice(5);
  expect(told.map(({ ms, name }) => `${ms} ${name}`)).toEqual(["5 b#1:1", "9 a#1:1", "9 a#1:2"]);
});

it("causal holds back an answer until its question was told", () => {
  const told = causalTimes(arrivals).slice(5);
  expect(told.map(({ ms, name }) => `${ms} ${name}`)).toEqual(["9 a#1:1", "9 a#1:2", "9 b#1:1"]);
});
