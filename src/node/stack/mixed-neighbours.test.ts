import { expect, test } from "vitest";
import { HearsayView } from "./hearsay-view.ts";
import { MixedNeighbours } from "./mixed-neighbours.ts";

function viewOf(...names: string[]): HearsayView {
  const view = new HearsayView();
  for (const name of names) view.add(name);
  return view;
}

function scene() {
  const parts = {
    hyparview: viewOf("a"),
    rings: viewOf("a", "b", "old"),
    speakers: viewOf("a", "b", "c"),
  };
  const mixed = new MixedNeighbours(parts);
  const told: string[] = [];
  mixed.subscribe({
    onPeerUp: (peer) => told.push(`+${String(peer)}`),
    onPeerDown: (peer) => told.push(`-${String(peer)}`),
  });
  const neighbours = () => {
    const names: string[] = [];
    mixed.forEachNeighbour((peer) => names.push(String(peer)));
    return names.sort();
  };
  return { ...parts, mixed, neighbours, told };
}

test("neighbours are those of HyParView, and those in the rings that do not speak it", () => {
  expect(scene().neighbours()).toEqual(["a", "old"]);
});

test("who begins to speak HyParView is not taken from the rings any more", () => {
  const { neighbours, speakers, told } = scene();
  speakers.add("old");
  expect([neighbours(), told]).toEqual([["a"], ["-old"]]);
  speakers.remove("old");
  expect([neighbours(), told]).toEqual([
    ["a", "old"],
    ["-old", "+old"],
  ]);
});

test("without a neighbour in HyParView all in the rings are neighbours", () => {
  const { hyparview, neighbours, told } = scene();
  hyparview.remove("a");
  expect([neighbours(), told]).toEqual([["a", "b", "old"], ["+b"]]);
  hyparview.add("c");
  expect(neighbours()).toEqual(["c", "old"]);
});

test("the rings' size and population count, for they list all", () => {
  const { mixed } = scene();
  expect([mixed.size, mixed.population]).toEqual([3, 4]);
});
