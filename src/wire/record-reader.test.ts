import { describe, expect, it } from "vitest";
import { makeOrigin } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import { Keyring } from "./keyring.ts";
import { decodeHello, encodeHello, HELLO_MAX_BYTES, type LinkHello } from "./link-hello.ts";
import { everyFrame, joinFrames, linkFrames } from "./link-record.ts";
import { LinkSeal } from "./link-seal.ts";
import { RecordReader } from "./record-reader.ts";

const recordOf = (body: Uint8Array): Uint8Array => {
  const bytes = Buffer.alloc(4 + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.set(body, 4);
  return bytes;
};

describe("RecordReader", () => {
  it("finds the same records however the bytes are cut", () => {
    const random = new Random(7);
    for (let round = 0; round < 200; round += 1) {
      const bodies = Array.from({ length: 1 + random.below(8) }, () => {
        const size = random.below(4) === 0 ? random.below(200_000) : random.below(40);
        return new Uint8Array(size).fill(random.below(256));
      });
      const all = Buffer.concat(bodies.map(recordOf));
      const reader = new RecordReader(200_000);
      const found: Uint8Array[] = [];
      for (let at = 0; at < all.length; ) {
        const size = random.below(3) === 0 ? 1 + random.below(6) : 1 + random.below(90_000);
        const end = Math.min(all.length, at + size);
        const visit = (body: Uint8Array) => {
          found.push(Uint8Array.from(body));
          return "next" as const;
        };
        expect(reader.feed(all.subarray(at, end), visit)).toBe("read");
        at = end;
      }
      expect(found.length).toBe(bodies.length);
      const isSame = found.map((body, at) => Buffer.compare(body, bodies[at] ?? body) === 0);
      expect(isSame).not.toContain(false);
      expect(reader.heldBytes).toBe(0);
    }
  });

  it("takes no more memory than twice what has come, and no record that is too long", () => {
    const reader = new RecordReader(100_000_000);
    const head = Uint8Array.of(5, 0xf5, 0xe1, 0);
    expect(reader.feed(head, () => "next")).toBe("read");
    expect(reader.feed(new Uint8Array(1_000), () => "next")).toBe("read");
    expect(reader.heldBytes).toBeLessThanOrEqual(65_536);
    expect(reader.feed(new Uint8Array(400_000), () => "next")).toBe("read");
    expect(reader.heldBytes).toBeLessThanOrEqual(2 * 401_004);
    for (const pieces of [[4], [1, 3], [2, 1, 1]]) {
      const strict = new RecordReader(10);
      let at = 0;
      const long = Uint8Array.of(0, 0, 0, 11);
      const results = pieces.map((size) => {
        at += size;
        return strict.feed(long.subarray(at - size, at), () => "next");
      });
      expect(results.at(-1)).toBe("tooLarge");
    }
  });

  it("stops where its visitor does", () => {
    const reader = new RecordReader(10);
    let count = 0;
    const two = Buffer.concat([recordOf(Uint8Array.of(1)), recordOf(Uint8Array.of(2))]);
    reader.feed(two, () => {
      count += 1;
      return "stop";
    });
    expect(count).toBe(1);
  });
});

describe("the frames of a record", () => {
  it("are read as they were joined", () => {
    const frames = [
      { kind: linkFrames.message, channel: 8, bytes: Uint8Array.of(1, 2, 3) },
      { kind: linkFrames.alive, channel: 0, bytes: new Uint8Array(0) },
      { kind: 200, channel: 0xffff, bytes: new Uint8Array(70_000).fill(4) },
    ];
    const size = frames.reduce((sum, { bytes }) => sum + 8 + bytes.length, 0);
    const joined = joinFrames(frames, size, 0);
    const found: unknown[] = [];
    const isWhole = everyFrame(joined, (kind, channel, bytes) => {
      found.push({ kind, channel, bytes: Uint8Array.from(bytes) });
      return "next";
    });
    expect(isWhole).toBe(true);
    expect(found).toEqual(frames);
    for (const cut of [1, 7, 9, 20]) {
      expect(everyFrame(joined.subarray(0, cut), () => "next")).toBe(false);
    }
  });
});

describe("a hello", () => {
  const hello: LinkHello = {
    cluster: "blue",
    origin: makeOrigin("a#b", 7),
    version: 1,
    capabilities: 5,
    nonce: new Uint8Array(16).fill(9),
    serial: 2 ** 50,
  };

  it("is read as it was written", () => {
    const read = decodeHello(encodeHello(hello));
    expect(read && { ...read, nonce: Uint8Array.from(read.nonce) }).toEqual(hello);
  });

  it("is refused when it makes no sense", () => {
    const bad: Partial<Record<keyof LinkHello, unknown>>[] = [
      { origin: "nobody" },
      { version: 0 },
      { nonce: new Uint8Array(15) },
    ];
    for (const wrong of bad) {
      expect(decodeHello(encodeHello({ ...hello, ...wrong } as LinkHello))).toBeUndefined();
    }
    const random = new Random(3);
    for (let round = 0; round < 2_000; round += 1) {
      const length = random.below(HELLO_MAX_BYTES + 10);
      expect(decodeHello(Uint8Array.from({ length }, () => random.below(256)))).toBeUndefined();
    }
    expect(decodeHello(new Uint8Array(HELLO_MAX_BYTES + 1))).toBeUndefined();
  });
});

describe("sealed records", () => {
  const ring = (...fills: number[]) =>
    new Keyring(fills.map((fill) => new Uint8Array(32).fill(fill)));
  const label = new TextEncoder().encode("blue");
  const body = Uint8Array.of(1, 2, 3);
  const nonces = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)] as const;

  function ends(keys = ring(1), theirs = keys) {
    const [dialler, acceptor] = [
      new LinkSeal(keys, label, "dialler"),
      new LinkSeal(theirs, label, "acceptor"),
    ];
    for (const end of [dialler, acceptor]) {
      end.bind("dialler", nonces[0]);
      end.bind("acceptor", nonces[1]);
    }
    return { dialler, acceptor };
  }
  const sealed = (from: LinkSeal): Uint8Array => from.recordOf(body).subarray(4);

  it("open in their place alone: no replay, no leaving out, no reflection", () => {
    const { dialler, acceptor } = ends();
    const [first, second, third] = [sealed(dialler), sealed(dialler), sealed(dialler)];
    expect(acceptor.open(first)).toEqual(Buffer.from(body));
    expect(ends().acceptor.open(second)).toBeUndefined();
    expect(ends().dialler.open(first)).toBeUndefined();
    expect(acceptor.open(first)).toBeUndefined();
    const other = ends().acceptor;
    expect(other.open(first)).toBeDefined();
    expect(other.open(third)).toBeUndefined();
  });

  it("open on their connection alone, and with their label", () => {
    const first = sealed(ends().dialler);
    for (const change of ["nonce", "label"] as const) {
      const at = change === "label" ? new TextEncoder().encode("red") : label;
      const acceptor = new LinkSeal(ring(1), at, "acceptor");
      acceptor.bind("dialler", change === "nonce" ? nonces[1] : nonces[0]);
      acceptor.bind("acceptor", nonces[1]);
      expect(acceptor.open(first)).toBeUndefined();
    }
  });

  it("go on while keys are changed, and end when theirs is removed", () => {
    const [old, fresh] = [1, 2].map((fill) => new Uint8Array(32).fill(fill));
    if (old === undefined || fresh === undefined) return expect.fail("no keys");
    const [mine, theirs] = [ring(1), ring(1)];
    const { dialler, acceptor } = ends(mine, theirs);
    const opens = () => acceptor.open(sealed(dialler)) !== undefined;
    expect(opens()).toBe(true);
    for (const keys of [mine, theirs]) keys.add(fresh);
    expect(opens()).toBe(true);
    mine.use(fresh);
    expect([opens(), opens()]).toEqual([true, true]);
    theirs.use(fresh);
    theirs.remove(old);
    expect(opens()).toBe(true);
    mine.use(old);
    expect(opens()).toBe(false);
  });
});
