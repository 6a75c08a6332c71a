import { describe, expect, test } from "vitest";
import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { serfCodec } from "../../peers/serf/serf.wire.ts";
import { AdvertisedMeta } from "./advertised-meta.ts";
import { HearsayView } from "./hearsay-view.ts";
import { Life } from "./life.ts";

describe.each(["serf", "memberlist"] as const)("meta on the %s wire", (wire) => {
  const meta = new AdvertisedMeta(wire, serfCodec);
  const largestBoot = Number.MAX_SAFE_INTEGER;

  test("tags and advert make the round trip, and the advert is no tag", () => {
    const tags = new Map([
      ["role", "db"],
      ["zone", "ü"],
    ]);
    const read = meta.decode(meta.encode(tags, largestBoot));
    expect(read.tags).toEqual(tags);
    expect(read.advert?.boot).toBe(largestBoot);
    expect(meta.decode(meta.encode(new Map(), 1)).tags.size).toBe(0);
  });

  test("the most tags allowed still fit the 512 bytes of a member", () => {
    const roomy = new Map([["k", "x".repeat(472)]]);
    expect(() => meta.checkTags(roomy)).not.toThrow();
    expect(meta.encode(roomy, largestBoot).length).toBeLessThanOrEqual(512);
    const many = new Map(Array.from({ length: 15 }, (_, i) => [`k${i}`, "x".repeat(25)]));
    expect(() => meta.checkTags(many)).not.toThrow();
    expect(meta.encode(many, largestBoot).length).toBeLessThanOrEqual(512);
    expect(() => meta.checkTags(new Map([["k", "x".repeat(500)]]))).toThrow("TAGS_TOO_LARGE");
  });

  test("reserved names are refused as tags and hidden when others send them", () => {
    expect(() => meta.checkTags(new Map([["_hidden", ""]]))).toThrow(/TAG_RESERVED.*_hidden/);
    const foreign = serfCodec.encodeTags(
      new Map([
        ["_hx", "1"],
        ["_h", "???"],
        ["a", "b"],
      ]),
    );
    const serf = new AdvertisedMeta("serf", serfCodec).decode(foreign);
    expect(serf.tags).toEqual(new Map([["a", "b"]]));
    expect(serf.advert).toBeUndefined();
  });

  test("meta of strangers reads as nobody's", () => {
    for (const bytes of [[], [0xff], [0x48], [0x48, 1, 200], [1, 2, 3]]) {
      expect(meta.decode(Uint8Array.from(bytes)).advert).toBeUndefined();
    }
  });
});

describe("the life of a node", () => {
  test("rises above a former one until it has published", () => {
    const life = new Life("p", 10);
    expect(life.onReported(10)).toBeUndefined();
    expect(life.onReported(9)).toBeUndefined();
    expect(life.onReported(12)).toBe(13);
    expect(life.origin).toBe("p#13");
    life.becomeUsed();
    expect(life.onReported(50)).toBeUndefined();
    expect(life.origin).toBe("p#13");
  });

  test("does not rise to where there is no number above", () => {
    const life = new Life("p", 10);
    expect(life.onReported(Number.MAX_SAFE_INTEGER)).toBeUndefined();
  });
});

test("the view of Hearsay peers tells of who comes and goes, once", () => {
  const view = new HearsayView();
  const told: string[] = [];
  view.subscribe({
    onPeerUp: (peer) => told.push(`+${String(peer)}`),
    onPeerDown: (peer) => told.push(`-${String(peer)}`),
  });
  for (const name of ["a", "a", "b", "c"]) view.add(name);
  for (const name of ["b", "b", "nobody"]) view.remove(name);
  expect(told).toEqual(["+a", "+b", "+c", "-b"]);
  expect([view.size, view.population, view.has("a"), view.has("b")]).toEqual([2, 3, true, false]);
  const out = [peerId("")];
  expect(view.sample(new Random(1), 5, out, peerId("a"))).toBe(1);
  expect(out[0]).toBe("c");
});
