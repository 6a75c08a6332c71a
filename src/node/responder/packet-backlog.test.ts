import { expect, test } from "vitest";
import { PacketBacklog, type Waiting } from "./packet-backlog.ts";

const from = { host: "127.0.0.1", port: 1 };

function packet(atMs: number, length = 10): Waiting {
  return { from, bytes: new Uint8Array(length), atMs };
}

function backlog(change: Partial<ConstructorParameters<typeof PacketBacklog>[0]> = {}) {
  const dropped: string[] = [];
  const options = { windowCount: 2, backlogMaxCount: 4, backlogMaxBytes: 1_000, ...change };
  return { dropped, queue: new PacketBacklog(options, () => dropped.push("dropped")) };
}

test("a window of packets is posted at a time, in order; more come as they are taken", () => {
  const { queue } = backlog();
  for (const atMs of [1, 2, 3, 4, 5]) queue.put(packet(atMs));
  const times = (): number[] => queue.takePostable().map(({ atMs }) => atMs);
  // Five would be one too many: the oldest made room.
  expect(times()).toEqual([2, 3]);
  expect(times()).toEqual([]);
  queue.onTaken(1);
  expect(times()).toEqual([4]);
  queue.onTaken(3);
  expect([times(), queue.heldCount]).toEqual([[5], 0]);
});

test("a few large packets fill the window, too", () => {
  const { queue } = backlog({ windowCount: 9, backlogMaxBytes: 100 });
  for (const atMs of [1, 2, 3]) {
    queue.put(packet(atMs, 60));
    queue.takePostable();
  }
  expect(queue.heldCount).toBe(1);
  queue.onTaken(1);
  expect(queue.takePostable().map(({ atMs }) => atMs)).toEqual([3]);
});

test("the oldest makes room, by number and by bytes", () => {
  const { dropped, queue } = backlog({ windowCount: 1 });
  for (let atMs = 0; atMs < 10; atMs += 1) queue.put(packet(atMs));
  expect([dropped.length, queue.takePostable()[0]?.atMs]).toEqual([6, 6]);
  queue.put(packet(10, 990));
  expect([dropped.length, queue.heldCount]).toEqual([8, 2]);
});

test("each packet is looked at once, when it is late, unless it was taken before", () => {
  const { queue } = backlog();
  for (const atMs of [1, 2, 3]) queue.put(packet(atMs));
  queue.takePostable();
  queue.onTaken(1);
  expect(queue.takeUnseen(2).map(({ atMs }) => atMs)).toEqual([2]);
  expect([queue.hasUnseen, queue.takeUnseen(2)]).toEqual([true, []]);
  expect(queue.takeUnseen(9).map(({ atMs }) => atMs)).toEqual([3]);
  expect(queue.hasUnseen).toBe(false);
});

test("what was answered is not posted; what was posted stays so", () => {
  const { queue } = backlog({ windowCount: 1 });
  const [first, second] = [packet(1), packet(2)];
  queue.put(first);
  queue.takePostable();
  queue.put(second);
  queue.drop(first);
  queue.drop(second);
  expect(queue.heldCount).toBe(0);
  queue.put(packet(3));
  expect(queue.takePostable()).toEqual([]);
  queue.onTaken(1);
  expect(queue.takePostable().map(({ atMs }) => atMs)).toEqual([3]);
});
