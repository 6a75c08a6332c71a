import { expect, it } from "vitest";
import { makeOrigin } from "../../../core/peer.ts";
import { HeldOrder } from "./held-order.ts";

const a = makeOrigin("a", 1);
const b = makeOrigin("b", 1);

/** b answers a's second event; a third node hears the answer first, then a's the wrong way. */
function told(order: "fifo" | "causal") {
  const list: string[] = [];
  const nodes = [0, 1, 2].map(
    (node) =>
      new HeldOrder(order, ({ origin, seq }) => {
        if (node === 2) list.push(`${origin}:${seq}`);
      }),
  );
  const [of, answering, third] = nodes;
  if (of === undefined || answering === undefined || third === undefined) throw new Error("three");
  const first = of.onSent({ origin: a, seq: 1 });
  const second = of.onSent({ origin: a, seq: 2 });
  answering.onCame(first);
  answering.onCame(second);
  const answer = answering.onSent({ origin: b, seq: 1 });
  for (const said of [answer, second, first]) third.onCame(said);
  return { list, needs: answer.needs };
}

it("fifo holds back what is behind another of its origin, and says nothing of others", () => {
  expect(told("fifo")).toEqual({ list: ["b#1:1", "a#1:1", "a#1:2"], needs: [] });
});

it("causal holds back an answer until its question was told", () => {
  expect(told("causal")).toEqual({ list: ["a#1:1", "a#1:2", "b#1:1"], needs: [[a, 2]] });
});
