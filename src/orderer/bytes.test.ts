import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../core/text.ts";
import { decodeBatch, encodeBatch } from "./batch-bytes.ts";
import { decodeFloor, decodeHead, decodeLeader, decodeVoters, encodeKept } from "./kept-text.ts";
import { StoreKeys } from "./store-keys.ts";

describe("a batch", () => {
  it("is read as it was written, and nothing longer or shorter is", () => {
    const commands = fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.nat(), commands, (writer, number, all) => {
        const bytes = encodeBatch({ writer, number, commands: all });
        const read = decodeBatch(bytes);
        expect(read?.commands.map((one) => [...one])).toEqual(all.map((one) => [...one]));
        expect([read?.writer, read?.number]).toEqual([writer, number]);
        expect(decodeBatch(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
        expect(decodeBatch(Uint8Array.of(...bytes, 0))).toBeUndefined();
      }),
    );
  });

  it("of any other bytes is none, and does not throw", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void decodeBatch(bytes)));
    expect(decodeBatch(encodeUtf8("\u0001\u0001\u0001\u0000"))).toBeUndefined();
  });
});

describe("what is kept as text", () => {
  it("is read as it was written", () => {
    const floor = { position: 9, kept: 4, state: "x", chunks: 1, bytes: 3, crc: 7 };
    expect(decodeHead(encodeKept({ position: 3, group: 5 }))).toEqual({ position: 3, group: 5 });
    expect(decodeFloor(encodeKept(floor))).toEqual(floor);
  });

  it("of anything else is nothing", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const bytes = encodeUtf8(json);
        for (const decode of [decodeHead, decodeFloor, decodeLeader]) decode(bytes);
        decodeVoters(bytes);
      }),
    );
    for (const text of ["", "nul", "null", "[]", "{}", '{"position":-1,"group":1}', "[1,null]"]) {
      const bytes = encodeUtf8(text);
      expect(decodeHead(bytes) ?? decodeFloor(bytes) ?? decodeLeader(bytes)).toBeUndefined();
    }
    const floor = '{"position":1,"kept":2,"state":"","chunks":0,"bytes":0,"crc":0}';
    expect(decodeFloor(encodeUtf8(floor))).toBeUndefined();
  });
});

describe("keys", () => {
  const keys = new StoreKeys("a/b/");

  it("of the log sort as their positions do, and say them", () => {
    expect(keys.log(9) < keys.log(10)).toBe(true);
    expect(keys.positionOf(keys.log(1_234_567))).toBe(1_234_567);
    for (const key of ["a/b/log/1", "a/b/head", `a/c/log/${"0".repeat(20)}`]) {
      expect(keys.positionOf(key)).toBeUndefined();
    }
  });

  it("that are watched leave out the head and the states", () => {
    const isWatched = (key: string) => key >= keys.watchFrom && key < keys.watchTo;
    const watched = [keys.leader, keys.next, keys.floor, keys.voters, keys.log(1)];
    expect(watched.every(isWatched)).toBe(true);
    expect([keys.head, keys.state("x", 0)].some(isWatched)).toBe(false);
  });
});
