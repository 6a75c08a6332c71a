import { expect, test } from "vitest";
import { HearsayError } from "../../core/errors.ts";
import { type PublishPolicy, PublishQueue } from "./publish-queue.ts";

function rig(policy: PublishPolicy, waitingMaxCount = 3) {
  const world = { roomCount: 0, fire: undefined as (() => void) | undefined };
  const written: number[] = [];
  const counts: string[] = [];
  const queue = new PublishQueue<number>(
    { policy, retryIntervalMs: 5, waitingMaxCount, waitingMaxBytes: 100 },
    {
      timers: {
        startTimer: (fire) => {
          world.fire = fire;
          return 1;
        },
        stopTimer: () => {
          world.fire = undefined;
        },
      },
      count: (name) => counts.push(name),
      write: (payload) => {
        if (payload[0] === 99) throw new HearsayError("VALUE_TOO_LARGE", "99");
        if (world.roomCount === 0) throw new HearsayError("QUEUE_FULL", "no room");
        world.roomCount -= 1;
        written.push(payload[0] ?? -1);
        return payload[0] ?? -1;
      },
    },
  );
  const put = async (value: number, signal?: AbortSignal): Promise<number> =>
    queue.put(Uint8Array.of(value), signal);
  const tick = (roomCount: number): void => {
    world.roomCount = roomCount;
    const { fire } = world;
    world.fire = undefined;
    fire?.();
  };
  return { queue, put, tick, written, world, counts };
}

test("messages wait for room in the order of their calls, and new ones behind them", async () => {
  const { put, queue, tick, written } = rig("wait");
  const all = [put(1), put(2)];
  tick(1);
  all.push(put(3));
  expect(written).toEqual([1]);
  tick(9);
  expect(await Promise.all(all)).toEqual([1, 2, 3]);
  expect(written).toEqual([1, 2, 3]);
  expect(queue.size).toBe(0);
});

test("no more wait than is allowed, by number or by bytes", async () => {
  const { put, queue, tick } = rig("wait");
  const all = [put(1), put(2), put(3)];
  await expect(put(4)).rejects.toMatchObject({ code: "QUEUE_FULL" });
  tick(3);
  await Promise.all(all);
  const big = (async () => queue.put(new Uint8Array(60), undefined))();
  tick(0);
  const second = (async () => queue.put(new Uint8Array(60), undefined))();
  await expect(second).rejects.toMatchObject({ code: "QUEUE_FULL" });
  tick(1);
  expect(await big).toBe(0);
});

test("the oldest gives way where that is the rule, and hears so", async () => {
  const { counts, put, tick, written } = rig("dropOldest", 2);
  const first = put(1);
  const others = [put(2), put(3)];
  await expect(first).rejects.toMatchObject({ code: "QUEUE_FULL" });
  tick(5);
  expect(await Promise.all(others)).toEqual([2, 3]);
  expect(written).toEqual([2, 3]);
  expect(counts).toContain("topics.publishDropped");
});

test("where failing is the rule nothing waits", async () => {
  const { put, queue, world } = rig("fail");
  await expect(put(1)).rejects.toMatchObject({ code: "QUEUE_FULL" });
  expect(queue.size).toBe(0);
  world.roomCount = 1;
  expect(await put(2)).toBe(2);
});

test("one that cannot be sent at all holds up nobody behind it", async () => {
  const { put, tick } = rig("wait");
  const bad = [put(1), put(99), put(3)];
  tick(2);
  expect(await bad[0]).toBe(1);
  await expect(bad[1]).rejects.toMatchObject({ code: "VALUE_TOO_LARGE" });
  expect(await bad[2]).toBe(3);
});

test("a wait ends with its signal, or with the node", async () => {
  const { put, queue, tick, written } = rig("wait");
  const abort = new AbortController();
  const first = put(1, abort.signal);
  const second = put(2);
  abort.abort();
  await expect(first).rejects.toMatchObject({ code: "ABORTED" });
  tick(1);
  expect(await second).toBe(2);
  expect(written).toEqual([2]);
  const third = put(3);
  queue.close(new HearsayError("NODE_STOPPED", "it has stopped"));
  await expect(third).rejects.toMatchObject({ code: "NODE_STOPPED" });
});
