import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { type LinkFrame, linkFrames } from "../../wire/link-record.ts";
import { FrameQueue } from "./frame-queue.ts";

const frame = (channel: number, size: number): LinkFrame => ({
  kind: linkFrames.message,
  channel,
  bytes: new Uint8Array(size).fill(channel),
});

function queue(more: Partial<ConstructorParameters<typeof FrameQueue>[0]> = {}): FrameQueue {
  return new FrameQueue({ highWaterBytes: 1_000, maxBytes: 5_000, maxCount: 100, ...more });
}

/** What leaves, as `channel:kind:size`. */
function drain(from: FrameQueue, targetBytes = 500): string[] {
  const left: string[] = [];
  while (from.size > 0) {
    const { frames, joinedBytes } = from.take(targetBytes);
    expect(frames.length).toBeGreaterThan(0);
    expect(joinedBytes).toBeLessThanOrEqual(targetBytes);
    for (const { bytes, channel, kind } of frames) left.push(`${channel}:${kind}:${bytes.length}`);
  }
  return left;
}

describe("FrameQueue", () => {
  it("keeps the order in which frames came, also across its rules", () => {
    const one = queue();
    one.push(frame(1, 10), "keep", 0);
    one.push(frame(2, 20), "drop", 1);
    one.push(frame(1, 30), "keep", 2);
    expect([one.bytes, one.size, one.oldestAtMs]).toEqual([84, 3, 0]);
    expect(drain(one)).toEqual(["1:1:10", "2:1:20", "1:1:30"]);
    expect([one.bytes, one.oldestAtMs]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it("drops what may be dropped before it refuses", () => {
    const one = queue();
    expect(one.push(frame(2, 492), "drop", 0)).toBe(0);
    expect(one.push(frame(3, 492), "drop", 0)).toBe(0);
    expect(one.push(frame(4, 92), "drop", 0)).toBe(1);
    expect(one.push(frame(1, 992), "keep", 0)).toBe(2);
    expect(one.push(frame(5, 10), "drop", 0)).toBe(1);
    expect(one.push(frame(1, 3_992), "keep", 0)).toBe(0);
    expect(one.push(frame(1, 0), "keep", 0)).toBe("full");
    expect(drain(one, 4_000)).toEqual(["1:1:992", "1:1:3992"]);
  });

  it("counts as it should, whatever is done with it", () => {
    const random = new Random(5);
    const one = queue({ highWaterBytes: 3_000 });
    for (let round = 0; round < 3_000; round += 1) {
      const what = random.below(10);
      if (what < 5) {
        const rule = random.pick(["keep", "drop", "bulk"] as const) ?? "keep";
        one.push(frame(random.below(3), random.below(1_500)), rule, round);
      } else if (what < 8) one.take(400);
      else if (what === 8) one.takeAll(({ channel }) => channel === round % 3);
      else one.restart();
    }
    one.restart();
    const sizes = one.takeAll(() => true).map(({ bytes }) => bytes.length + 8);
    expect(sizes.length).toBeGreaterThan(0);
    expect([one.size, one.bytes, one.bulkBytes]).toEqual([0, 0, 0]);
  });

  it("sends a large frame in parts, and from its beginning when the link is lost", () => {
    const one = queue({ highWaterBytes: 2_000 });
    one.push(frame(1, 1_200), "keep", 0);
    one.push(frame(2, 5), "drop", 0);
    const whole = ["1:6:492", "1:6:492", "1:1:216", "2:1:5"];
    one.take(500);
    expect(one.bytes).toBe(1_208 - 492 + 13);
    one.restart();
    expect(one.bytes).toBe(1_208 + 13);
    expect(drain(one)).toEqual(whole);
  });

  it("does not drop what has left in part", () => {
    const one = queue();
    one.push(frame(2, 900), "drop", 0);
    one.take(500);
    one.push(frame(1, 990), "keep", 0);
    expect(drain(one)).toEqual(["2:1:408", "1:6:492", "1:6:492", "1:1:6"]);
  });

  it("sends bulk frames in turns with all others, which they neither hold up nor push out", () => {
    const one = queue({ maxBytes: 50_000 });
    one.push(frame(9, 4_000), "bulk", 0);
    one.push(frame(9, 30), "bulk", 0);
    one.push(frame(1, 400), "keep", 1);
    expect(one.push(frame(2, 400), "drop", 2)).toBe(0);
    expect([one.bulkBytes, one.pressingBytes, one.oldestAtMs]).toEqual([4_046, 816, 0]);
    const part = "9:6:492";
    const turns = ["1:1:400", part, "2:1:400", part, part, part, part, part, part, part];
    expect(drain(one)).toEqual([...turns, "9:1:64", "9:1:30"]);
    expect([one.bytes, one.bulkBytes]).toEqual([0, 0]);
  });
});
