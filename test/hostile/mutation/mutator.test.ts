import { describe, expect, it } from "vitest";
import { Random } from "../../../src/core/random.ts";
import { lzwDecode } from "../../../src/wire/lzw.ts";
import { byteMutations } from "./byte-mutations.ts";
import { ByteWriter } from "./byte-writer.ts";
import { mutateLayers } from "./layer-mutations.ts";
import { layersOf, parseLayer, writeLayer } from "./layers.ts";
import { parseTree, valuesOf, writeTree } from "./msgpack-tree.ts";
import { Mutator } from "./mutator.ts";
import { seedMessages } from "./seeds.ts";

const seeds = seedMessages();

function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter();
  write(out);
  return out.take();
}

describe("seeds", () => {
  it("are hundreds of real messages, opened where they were sealed", () => {
    expect(seeds.length).toBeGreaterThan(400);
    const sealed = seeds.filter(({ name }) => /enc|aes|seal|key/i.test(name));
    expect(sealed.length).toBeGreaterThan(40);
    // An opened packet begins with the type of a message.
    const opened = sealed.filter(({ bytes }) => (bytes[0] ?? 255) <= 12);
    expect(opened.length / sealed.length).toBeGreaterThan(0.95);
  });

  it("are the same bytes again when taken apart and put together", () => {
    for (const { bytes, name, via } of seeds) {
      const again = written((out) => writeLayer(out, parseLayer(bytes.slice(), via)));
      expect(Buffer.from(again).toString("hex"), name).toBe(Buffer.from(bytes).toString("hex"));
    }
  });

  it("are taken apart down to the values of their messages", () => {
    const kinds = new Set<string>();
    let values = 0;
    for (const { bytes, via } of seeds) {
      for (const layer of layersOf(parseLayer(bytes.slice(), via))) {
        kinds.add(layer.kind);
        if (layer.kind === "leaf") values += layer.trees.flatMap((tree) => valuesOf(tree)).length;
      }
    }
    expect([...kinds].sort()).toEqual(["checksummed", "compound", "compressed", "leaf", "raw"]);
    expect(values).toBeGreaterThan(5_000);
  });
});

describe("a msgpack tree", () => {
  it("can declare what is not so", () => {
    const tree = parseTree(Uint8Array.of(0x92, 0xa1, 0x61, 0x05), 0)?.tree;
    if (tree?.kind !== "array") throw new Error("no array");
    const [text] = tree.items;
    if (text?.kind !== "text") throw new Error("no text");
    text.declared = 70_000;
    tree.declared = 0xffff_ffff;
    tree.width = 4;
    const bytes = written((out) => writeTree(out, tree));
    expect(Buffer.from(bytes).toString("hex")).toBe("ddffffffff" + "db00011170" + "61" + "05");
  });

  it("is none when cut", () => {
    const bytes = Uint8Array.of(0x82, 0xa1, 0x61, 0xcd, 1, 2, 0xa1, 0x62, 0xc0);
    expect(parseTree(bytes, 0)?.end).toBe(bytes.length);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(parseTree(bytes.subarray(0, length), 0)).toBeUndefined();
    }
  });
});

describe("the mutator", () => {
  it("makes the same input for a seed and a number, whatever came before", () => {
    const one = new Mutator(7, seeds);
    const other = new Mutator(7, seeds);
    for (let index = 300; index > 0; index -= 7) other.make("packet", index);
    for (let index = 0; index < 300; index += 1) {
      expect(one.make("packet", index)).toEqual(other.make("packet", index));
      expect(one.make("stream", index)).toEqual(other.make("stream", index));
    }
    expect(new Mutator(8, seeds).make("packet", 1)).not.toEqual(one.make("packet", 1));
  });

  it("changes nearly every message, and in every way that it knows", () => {
    const mutator = new Mutator(1, seeds);
    const originals = new Set(seeds.map(({ bytes }) => Buffer.from(bytes).toString("hex")));
    const recipes: string[] = [];
    let unchanged = 0;
    for (let index = 0; index < 4_000; index += 1) {
      const { bytes, recipe } = mutator.make(index % 4 === 3 ? "stream" : "packet", index);
      recipes.push(recipe);
      if (originals.has(Buffer.from(bytes).toString("hex"))) unchanged += 1;
    }
    expect(unchanged).toBeLessThan(200);
    const all = recipes.join("\n");
    const structural = ["bomb", "random LZW codes", "part length", "compound count", "nested"];
    const sizes = ["text declared", "count 4294967295", "false checksum", "wrapped", "255 parts"];
    for (const word of [...Object.keys(byteMutations), ...structural, ...sizes]) {
      expect(all.includes(word), word).toBe(true);
    }
  });

  it("gets most of its changes past the checksum", () => {
    const mutator = new Mutator(1, seeds);
    let checked = 0;
    let right = 0;
    for (let index = 0; index < 2_000; index += 1) {
      const { bytes } = mutator.make("packet", index);
      const layer = parseLayer(bytes, "packet");
      if (layer.kind !== "checksummed") continue;
      checked += 1;
      const again = written((out) => writeLayer(out, layer));
      if (Buffer.compare(again.subarray(0, 5), bytes.subarray(0, 5)) === 0) right += 1;
    }
    expect(checked).toBeGreaterThan(200);
    expect(right / checked).toBeGreaterThan(0.6);
  });

  it("knows the packed form that unpacks to the most", () => {
    const random = new Random(3);
    for (let tries = 0; tries < 400; tries += 1) {
      const root = { kind: "compressed", algorithm: 0, inner: raw() } as const;
      const { layer, recipe } = mutateLayers({ ...root }, random, raw);
      if (recipe !== "bomb" || layer.kind !== "compressed") continue;
      const packed = layer.packed ?? new Uint8Array(0);
      expect(packed.length).toBeLessThan(3_000);
      expect(lzwDecode(packed, 250_000)).toEqual({ kind: "failure", reason: "tooLarge" });
      return;
    }
    throw new Error("no bomb was made");
  });
});

function raw(): { kind: "raw"; bytes: Uint8Array } {
  return { kind: "raw", bytes: Uint8Array.of(8, 1, 2, 3) };
}
