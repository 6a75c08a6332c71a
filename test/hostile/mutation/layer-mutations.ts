/** Changes to the layers of a message: what wraps what, and what the wrappings say. */
import type { Random } from "../../../src/core/random.ts";
import { joined } from "./byte-mutations.ts";
import { type Compound, type Compressed, type Layer, type Leaf, layersOf } from "./layers.ts";
import { edgeNumbers, spareTexts } from "./names.ts";
import { mutateTree } from "./tree-mutations.ts";

const CODE_BITS_MAX = 12;
const BOMB_BYTES = 300_000;

/** Another message, taken apart only when it is wanted. */
export type OtherLayer = () => Layer;

/** Changes `root` in place, or wraps it; returns what it became, and what was done. */
export function mutateLayers(
  root: Layer,
  random: Random,
  other: OtherLayer,
): { layer: Layer; recipe: string } {
  if (random.chance(0.12)) return wrapped(root, random, other);
  const layers = layersOf(root);
  const layer = layers[random.below(layers.length)] ?? root;
  switch (layer.kind) {
    case "checksummed":
      layer.xor = random.chance(0.5) ? random.uint32() : 0;
      return { layer: root, recipe: "false checksum" };
    case "compressed":
      return { layer: root, recipe: mutateCompressed(layer, random) };
    case "compound":
      return { layer: root, recipe: mutateCompound(layer, random, other) };
    case "leaf":
      return { layer: root, recipe: mutateLeaf(layer, random) };
    case "raw":
      return { layer: root, recipe: mutateRaw(layer, random) };
  }
}

function wrapped(root: Layer, random: Random, other: OtherLayer): { layer: Layer; recipe: string } {
  switch (random.below(5)) {
    case 0:
      return { layer: { kind: "checksummed", inner: root, xor: 0 }, recipe: "checksummed" };
    case 1:
      return { layer: { kind: "compressed", inner: root, algorithm: 0 }, recipe: "compressed" };
    case 2:
      return { layer: { kind: "compound", parts: [root, other(), root] }, recipe: "compound" };
    case 3: {
      const parts = Array.from({ length: 2 + random.below(60) }, () => root);
      return { layer: { kind: "compound", parts }, recipe: `compound of ${parts.length}` };
    }
    default: {
      const depth = 1 + random.below(12);
      let layer = root;
      for (let i = 0; i < depth; i += 1) {
        const isPacked = random.chance(0.3);
        layer = isPacked
          ? { kind: "compressed", inner: layer, algorithm: 0 }
          : { kind: "compound", parts: [layer] };
      }
      return { layer, recipe: `wrapped ${depth} times` };
    }
  }
}

function mutateCompressed(layer: Compressed, random: Random): string {
  switch (random.below(4)) {
    case 0:
      layer.algorithm = random.below(128);
      return "algorithm";
    case 1:
      layer.packed = randomCodes(random);
      return "random LZW codes";
    case 2:
      layer.packed = bomb();
      return "bomb";
    default:
      layer.packed = Uint8Array.from({ length: random.below(64) }, () => random.below(256));
      return "no LZW";
  }
}

/** Codes of the width that the decoder will expect, most of them valid. */
function randomCodes(random: Random): Uint8Array {
  const out: number[] = [];
  let bits = 0;
  let held = 0;
  let width = 9;
  let high = 257;
  for (let left = 1 + random.below(600); left > 0; left -= 1) {
    const code = random.chance(0.02) ? random.below(1 << width) : random.below(high + 1);
    bits |= code << held;
    held += width;
    while (held >= 8) {
      out.push(bits & 0xff);
      bits >>>= 8;
      held -= 8;
    }
    if (code === 256) {
      width = 9;
      high = 257;
    } else {
      high += 1;
      if (high >= 1 << width && width < CODE_BITS_MAX) width += 1;
    }
  }
  out.push(bits & 0xff);
  return Uint8Array.from(out);
}

let packedBomb: Uint8Array | undefined;

/** Codes that each mean the last string and one byte more: the most that LZW can unpack to. */
function bomb(): Uint8Array {
  if (packedBomb !== undefined) return packedBomb;
  const out: number[] = [];
  let bits = 0;
  let held = 0;
  let width = 9;
  let high = 257;
  let length = 0;
  for (let unpacked = 0; unpacked < BOMB_BYTES; unpacked += length) {
    const code = high === 257 ? 0 : Math.min(high, 4_095);
    bits |= code << held;
    held += width;
    for (; held >= 8; held -= 8) {
      out.push(bits & 0xff);
      bits >>>= 8;
    }
    length += 1;
    high = Math.min(high + 1, 4_095);
    if (high >= 1 << width && width < CODE_BITS_MAX) width += 1;
  }
  out.push(bits & 0xff, 0);
  packedBomb = Uint8Array.from(out);
  return packedBomb;
}

function mutateCompound(layer: Compound, random: Random, other: OtherLayer): string {
  const count = layer.parts.length;
  const at = random.below(count + 1);
  switch (random.below(6)) {
    case 0:
      layer.declaredCount = random.below(256);
      return `compound count ${layer.declaredCount}`;
    case 1:
      layer.lie = { at, length: random.below(65_536) };
      return "part length";
    case 2:
      layer.lie = { at, length: random.below(16) };
      return "short part length";
    case 3:
      layer.parts.splice(at, 0, other());
      return "part inserted";
    case 4:
      layer.parts.splice(at, 1);
      return "part removed";
    default: {
      const raw: Layer = { kind: "raw", bytes: new Uint8Array(0) };
      layer.parts = Array.from(
        { length: 255 },
        (_, i) => layer.parts[i % Math.max(1, count)] ?? raw,
      );
      return "255 parts";
    }
  }
}

function mutateLeaf(layer: Leaf, random: Random): string {
  const tree = layer.trees[random.below(layer.trees.length + 1)];
  if (tree !== undefined && random.chance(0.9)) return mutateTree(tree, random);
  if (random.chance(0.5)) {
    layer.type = random.below(16);
    return `type ${layer.type}`;
  }
  const text = spareTexts[random.below(spareTexts.length)] ?? new Uint8Array(0);
  layer.rest = { kind: "raw", bytes: text };
  return "other rest";
}

function mutateRaw(layer: Extract<Layer, { kind: "raw" }>, random: Random): string {
  const { bytes } = layer;
  if (bytes.length === 0 || random.chance(0.2)) {
    layer.bytes = joined(bytes, spareTexts[random.below(spareTexts.length)] ?? bytes);
    return "rest longer";
  }
  const changed = bytes.slice();
  // Small counts and lengths stand in single bytes: varints of protobuf and frames among them.
  const edge = edgeNumbers[random.below(edgeNumbers.length)] ?? 0;
  changed[random.below(Math.min(changed.length, 24))] = edge % 256;
  layer.bytes = random.chance(0.3) ? changed.slice(0, random.below(changed.length + 1)) : changed;
  return "rest changed";
}
