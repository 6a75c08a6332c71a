/** Changes to one msgpack value within a message, its heads and declared sizes included. */
import type { Random } from "../../../src/core/random.ts";
import { type Items, type Tree, textTree, uintTree, valuesOf } from "./msgpack-tree.ts";
import { edgeNumbers, spareTexts } from "./names.ts";

const textHeads = [0xa0, 0xda, 0xdb, 0xd9, 0xc4, 0xc5, 0xc6] as const;
const widths = [1, 2, 4, 8] as const;
const nil: Tree = { kind: "scalar", bytes: Uint8Array.of(0xc0) };
const hugeSizes = [0xffff, 0x10000, 0x100000, 0x7fffffff, 0x80000000, 0xffffffff] as const;

/** Changes some value of `root` in place; returns what was done. */
export function mutateTree(root: Tree, random: Random): string {
  const all = valuesOf(root);
  // There are few of them, and their counts are what allocations are made by.
  const containers = all.filter(({ kind }) => kind === "array" || kind === "map");
  const values = containers.length > 0 && random.chance(0.3) ? containers : all;
  const value = values[random.below(values.length)] ?? root;
  switch (value.kind) {
    case "scalar":
      return mutateScalar(value, random);
    case "text":
      return mutateText(value, random);
    default:
      return mutateItems(value, random);
  }
}

function mutateScalar(value: Extract<Tree, { kind: "scalar" }>, random: Random): string {
  const choice = random.below(10);
  if (choice < 6) {
    const number = edgeNumbers[random.below(edgeNumbers.length)] ?? 0;
    const [width = 8] = widths.filter((bytes) => number < 256 ** bytes);
    value.bytes = uintTree(number, random.chance(0.2) ? 8 : width).bytes;
    return `number ${number}`;
  }
  if (choice === 6) value.bytes = Uint8Array.of(0xd3, 255, 255, 255, 255, 255, 255, 255, 253);
  else if (choice === 7) value.bytes = Uint8Array.of(0xcf, 255, 255, 255, 255, 255, 255, 255, 255);
  else if (choice === 8) value.bytes = Uint8Array.of(0xc2 + random.below(2));
  else value.bytes = Uint8Array.of(0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, random.below(2));
  return "number of another kind";
}

function mutateText(value: Extract<Tree, { kind: "text" }>, random: Random): string {
  const choice = random.below(6);
  if (choice < 3) {
    value.bytes = spareTexts[random.below(spareTexts.length)] ?? value.bytes;
    return "text";
  }
  if (choice === 3) {
    value.head = textHeads[random.below(textHeads.length)] ?? 0xa0;
    return "text head";
  }
  if (choice === 4) value.declared = value.bytes.length + random.below(5) - 2;
  else value.declared = hugeSizes[random.below(hugeSizes.length)] ?? 0;
  if (value.declared < 0) value.declared = 0;
  return `text declared ${value.declared}`;
}

function mutateItems(value: Items, random: Random): string {
  const at = random.below(value.items.length + 1);
  switch (random.below(8)) {
    case 0:
      value.declared = hugeSizes[random.below(hugeSizes.length)] ?? 0;
      value.width = 4;
      return `count ${value.declared}`;
    case 1:
      value.declared = Math.max(0, value.items.length + random.below(5) - 2);
      return "count off";
    case 2:
      value.width = random.chance(0.5) ? 2 : 4;
      return "wide count";
    case 3:
      value.kind = value.kind === "map" ? "array" : "map";
      return "map and array exchanged";
    case 4:
      value.items.splice(at, 1 + random.below(2));
      return "value removed";
    case 5:
      return repeatItems(value, random);
    case 6:
      value.items.splice(at, 0, nested(2 + random.below(200)));
      return "nested";
    default:
      value.items[at] = random.chance(0.5)
        ? nil
        : textTree(spareTexts[random.below(spareTexts.length)] ?? new Uint8Array(0));
      return "value of another kind";
  }
}

function repeatItems(value: Items, random: Random): string {
  const from = random.below(value.items.length + 1) & ~1;
  const pair = value.items.slice(from, from + 2);
  const times = random.chance(0.1) ? 1 + random.below(400) : 1 + random.below(6);
  for (let i = 0; i < times; i += 1) value.items.splice(from, 0, ...pair);
  return `repeated ${times} times`;
}

function nested(depth: number): Tree {
  let tree: Tree = nil;
  for (let i = 0; i < depth; i += 1) tree = { kind: "array", items: [tree], width: 0 };
  return tree;
}
