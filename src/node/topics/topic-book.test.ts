import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { makeOrigin } from "../../core/peer.ts";
import type { HearsayNode, Rejection, Subscription, Topic, TopicMessage } from "../api.ts";
import { CausalFrontier } from "./causal-frontier.ts";
import { chosenCodec } from "./codecs.ts";
import type { TopicRumor } from "./topic.contract.ts";
import { TopicBook } from "./topic-book.ts";

const origin = makeOrigin("me", 1);

function rig() {
  const spread: TopicRumor[] = [];
  const errors: string[] = [];
  const drops: number[] = [];
  const book: TopicBook = new TopicBook({
    spread: ({ tag, codec, payload }) => {
      const clock = { ms: 1, counter: 0 };
      const rumor = { origin, seq: spread.length + 1, tag, codec, payload, clock };
      spread.push(rumor);
      book.onRumor(rumor);
      return { origin, seq: rumor.seq };
    },
    frontier: () => new CausalFrontier({ causesMaxCount: 9 }, () => {}),
    openHistory: () => {
      throw new Error("no topic of these tests has a past");
    },
    enrol: () => {},
    relay: () => {},
    takeRelays: () => [],
    count: () => {},
    checkSpreadRoom: () => {},
    timers: { startTimer: () => 0, stopTimer: () => {} },
    publishing: { retryIntervalMs: 5, waitingMaxCount: 8, waitingMaxBytes: 1_000 },
    spreadCounts: () => ({ plumtree: undefined, rumor: undefined }),
    inStep: () => {
      throw new Error("no topic of these tests spreads by itself");
    },
    openTotal: () => {
      throw new Error("nothing is ordered here");
    },
    openRecent: () => {
      throw new Error("no topic of these tests keeps an order");
    },
    onCallbackError: (where) => errors.push(where),
    onDropped: () => drops.push(1),
    afterStep: (body) => body(),
  });
  const hear = (tag: string, value: unknown, codec: "msgpack" | "json" = "msgpack") => {
    const payload = chosenCodec(codec).encode(value);
    const clock = { ms: 7, counter: 2 };
    const from = makeOrigin("other", 3);
    return book.onRumor({
      origin: from,
      seq: 9,
      tag,
      codec: chosenCodec(codec).id,
      payload,
      clock,
    });
  };
  return { book, spread, errors, drops, hear };
}

const Commit = z.object({ key: z.string(), value: z.instanceof(Uint8Array) });

describe("a topic", () => {
  test("gives its own subscribers what others get: decoded and validated anew", async () => {
    const { book } = rig();
    const topic = book.open("Commit", { schema: Commit });
    const queue = topic.subscribe();
    const value = { key: "a", value: Uint8Array.of(1) };
    expect(await topic.publish(value)).toEqual({ dot: { origin, seq: 1 }, durable: false });
    const { value: message } = await queue.next();
    expect(message).toMatchObject({ tag: "Commit", value, from: "me", dot: { origin, seq: 1 } });
    expect(message?.value).not.toBe(value);
  });

  test("a message of another node names its publisher, dot and time", async () => {
    const { book, hear } = rig();
    const queue = book.open("t").subscribe();
    expect(hear("t", "hello")).toBe("accepted");
    expect((await queue.next()).value).toEqual({
      tag: "t",
      value: "hello",
      from: "other",
      dot: { origin: "other#3", seq: 9 },
      clock: { ms: 7, counter: 2 },
    });
  });

  test("every topic reads the standard codecs, for the codec's id travels", async () => {
    const { book, hear } = rig();
    const queue = book.open("t", { codec: "msgpack" }).subscribe();
    expect(hear("t", { a: 1 }, "json")).toBe("accepted");
    expect((await queue.next()).value?.value).toEqual({ a: 1 });
  });

  test("what fails the schema or the codec is rejected, reported and not delivered", () => {
    const { book, hear } = rig();
    const topic = book.open("Commit", { schema: Commit });
    const heard: unknown[] = [];
    const rejections: Rejection[] = [];
    topic.subscribe((message) => heard.push(message));
    const stop = topic.onRejected((rejection) => rejections.push(rejection));
    expect(hear("Commit", { key: 1 })).toBe("rejected");
    const noise = { codec: 1, payload: Uint8Array.of(0xc1), clock: { ms: 1, counter: 0 } };
    expect(book.onRumor({ origin, seq: 1, tag: "Commit", ...noise })).toBe("rejected");
    expect(book.onRumor({ origin, seq: 2, tag: "Commit", ...noise, codec: 99 })).toBe("rejected");
    expect(heard).toEqual([]);
    expect(rejections.map(({ from, reason }) => [from, reason])).toEqual([
      ["other", "schema"],
      ["me", "codec"],
      ["me", "codec"],
    ]);
    expect(rejections[0]?.detail).toContain("key");
    stop();
    hear("Commit", {});
    expect(rejections.length).toBe(3);
  });

  test("a schema's output is what readers get, its input what travels", async () => {
    const { book, spread } = rig();
    const schema = z.string().transform((text) => text.length);
    const topic = book.open("t", { schema, codec: "json" });
    const queue = topic.subscribe();
    await topic.publish("four");
    expect((await queue.next()).value?.value).toBe(4);
    expect(new TextDecoder().decode(spread[0]?.payload)).toBe('"four"');
  });

  test("nothing invalid is published, and no schema may be asynchronous", async () => {
    const { book, spread } = rig();
    const strict = book.open("a", { schema: Commit });
    await expect(strict.publish({ key: 1 })).rejects.toMatchObject({ code: "SCHEMA_INVALID" });
    const slow = book.open("b", { schema: z.string().refine(async () => false) });
    await expect(slow.publish("x")).rejects.toMatchObject({ code: "SCHEMA_ASYNC" });
    const json = book.open("c", { codec: "json" });
    await expect(json.publish(1n)).rejects.toMatchObject({ code: "CODEC_FAILED" });
    const signal = AbortSignal.abort();
    await expect(json.publish(1, { signal })).rejects.toMatchObject({ code: "ABORTED" });
    expect(spread).toEqual([]);
  });

  test("a schema that throws finds the value invalid", async () => {
    const { book, hear } = rig();
    const schema: StandardSchemaV1 = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => {
          throw new Error("boom");
        },
      },
    };
    book.open("t", { schema });
    expect(hear("t", 1)).toBe("rejected");
  });

  test("a callback that throws, or rejects, is reported and does no harm", async () => {
    const { book, errors, hear } = rig();
    const heard: unknown[] = [];
    book.open("t").subscribe(() => {
      throw new Error("mine");
    });
    const failsLater: (message: unknown) => unknown = async () => {
      throw new Error("mine too");
    };
    book.open("t").subscribe(failsLater as () => void);
    const last = book.open("t").subscribe((message) => heard.push(message.value));
    hear("t", 1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual([1]);
    expect(errors.length).toBe(2);
    last.close();
    hear("t", 2);
    expect(heard).toEqual([1]);
  });

  test("slow readers lose by their rule, and it is counted", async () => {
    const { book, drops, hear } = rig();
    const topic = book.open("t");
    const oldest = topic.subscribe({ queueMax: 2 });
    const newest = topic.subscribe({ queueMax: 2, onFull: "dropNewest" });
    for (const value of [1, 2, 3]) hear("t", value);
    expect([oldest.dropped, newest.dropped, drops.length]).toEqual([1, 1, 2]);
    expect((await oldest.next()).value?.value).toBe(2);
    expect((await newest.next()).value?.value).toBe(1);
  });
});

describe("the book", () => {
  test("unknown tags are told apart, and nothing is kept for them", () => {
    const { book, hear } = rig();
    expect(hear("nobody", 1)).toBe("unknown");
    expect(book.openCount).toBe(0);
  });

  test("a tag opened twice is one topic, with another schema or codec a conflict", () => {
    const { book } = rig();
    const topic = book.open("t", { schema: Commit, codec: "msgpack" });
    expect(book.open("t", { schema: Commit })).toBe(topic);
    expect(() => book.open("t")).toThrow(/TOPIC_CONFLICT.*another schema/);
    expect(() => book.open("t", { schema: Commit, codec: "json" })).toThrow(/another codec/);
  });

  test("refuses bad tags and schemas, and everything once closed", () => {
    const { book } = rig();
    expect(() => book.open("")).toThrow("CONFIG_OPTION");
    expect(() => book.open("ü".repeat(128))).toThrow("CONFIG_OPTION");
    expect(() => book.open("t", { schema: {} as never })).toThrow("Standard Schema");
    const queue = book.open("t").subscribe();
    book.close();
    expect(() => book.open("t")).toThrow("NODE_STOPPED");
    return expect(queue.next()).resolves.toEqual({ done: true, value: undefined });
  });

  test("receive reads several tags in one queue, and only topics of this book", async () => {
    const { book, hear } = rig();
    const queue = book.receive([book.open("a"), book.open("b"), book.open("a")]);
    for (const tag of ["a", "b", "c", "a"]) hear(tag, tag);
    queue.close();
    const tags: string[] = [];
    for await (const { tag } of queue) tags.push(tag);
    expect(tags).toEqual(["a", "b", "a"]);
    const stranger = rig().book.open("a");
    expect(() => book.receive([stranger])).toThrow("not opened on this node");
  });
});

test("receive is typed as the union over its tags", () => {
  const check = (node: HearsayNode) => {
    const commits = node.topic("Commit", { schema: Commit });
    const dooms = node.topic<number, "Doom">("Doom");
    expectTypeOf(commits).toEqualTypeOf<
      Topic<z.input<typeof Commit>, z.output<typeof Commit>, "Commit">
    >();
    const queue = node.receive(commits, dooms);
    expectTypeOf(queue).toEqualTypeOf<
      Subscription<TopicMessage<z.output<typeof Commit>, "Commit"> | TopicMessage<number, "Doom">>
    >();
    expectTypeOf(node.topic("bare").publish).parameter(0).toEqualTypeOf<unknown>();
  };
  expect(check).toBeTypeOf("function");
});
