import { describe, expect, test } from "vitest";
import { MessageQueue } from "./subscription.ts";

async function readAll<M>(queue: MessageQueue<M>): Promise<M[]> {
  const read: M[] = [];
  for await (const message of queue) read.push(message);
  return read;
}

function full(onFull: "dropOldest" | "dropNewest" | "fail"): MessageQueue<number> {
  const queue = new MessageQueue<number>({ queueMax: 2, onFull });
  for (const message of [1, 2, 3, 4]) queue.push(message);
  return queue;
}

describe("MessageQueue", () => {
  test("hands over in order, whether reader or message comes first", async () => {
    const queue = new MessageQueue<string>();
    queue.push("a");
    expect(await queue.next()).toEqual({ done: false, value: "a" });
    const waiting = [queue.next(), queue.next()];
    queue.push("b");
    queue.push("c");
    expect(await Promise.all(waiting)).toEqual([
      { done: false, value: "b" },
      { done: false, value: "c" },
    ]);
  });

  test("dropOldest keeps the newest and counts", async () => {
    const queue = full("dropOldest");
    queue.close();
    expect(await readAll(queue)).toEqual([3, 4]);
    expect(queue.dropped).toBe(2);
  });

  test("dropNewest keeps the oldest and counts", async () => {
    const queue = full("dropNewest");
    queue.close();
    expect(await readAll(queue)).toEqual([1, 2]);
    expect(queue.dropped).toBe(2);
  });

  test("fail lets the reader finish what waits, then throws once", async () => {
    const queue = full("fail");
    expect(queue.isClosed).toBe(true);
    expect((await queue.next()).value).toBe(1);
    expect((await queue.next()).value).toBe(2);
    await expect(queue.next()).rejects.toMatchObject({ code: "QUEUE_FULL" });
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  test("an aborted signal ends it quietly", async () => {
    const controller = new AbortController();
    const closed: string[] = [];
    const queue = new MessageQueue<number>({
      signal: controller.signal,
      onClosed: () => closed.push("closed"),
    });
    const next = queue.next();
    controller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(closed).toEqual(["closed"]);
    expect(new MessageQueue({ signal: controller.signal }).isClosed).toBe(true);
  });

  test("leaving the loop closes it", async () => {
    const queue = new MessageQueue<number>();
    queue.push(1);
    for await (const message of queue) {
      expect(message).toBe(1);
      break;
    }
    expect(queue.isClosed).toBe(true);
  });

  test("many messages pass through without loss", async () => {
    const queue = new MessageQueue<number>({ queueMax: 10_000 });
    for (let i = 0; i < 5_000; i += 1) queue.push(i);
    queue.close();
    expect(await readAll(queue)).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  });

  test("refuses options that make no sense", () => {
    expect(() => new MessageQueue({ queueMax: 0 })).toThrow("queueMax is 0");
    expect(() => new MessageQueue({ onFull: "explode" as "fail" })).toThrow("dropOldest");
  });
});
