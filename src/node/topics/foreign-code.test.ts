/** Schemas, codecs and callbacks are other people's code, and may do anything. */
import { describe, expect, test } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import type { Codec } from "../api.ts";
import { CausalFrontier } from "./causal-frontier.ts";
import { msgpackValues } from "./msgpack.wire.ts";
import { TopicBook } from "./topic-book.ts";
import { validate } from "./validation.ts";

const origin = makeOrigin("me", 1);

function rig() {
  const errors: unknown[] = [];
  const book: TopicBook = new TopicBook({
    spread: ({ tag, codec, payload }) => {
      book.onRumor({ origin, seq: 1, tag, codec, payload, clock: { ms: 1, counter: 0 } });
      return { origin, seq: 1 };
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
    onCallbackError: (_, error) => errors.push(error),
    onDropped: () => {},
    afterStep: (body) => body(),
  });
  return { book, errors };
}

function schemaOf(answer: () => unknown) {
  return { "~standard": { version: 1, vendor: "test", validate: answer as never } } as const;
}

function codecOf(encode: () => unknown, decode: () => unknown = () => 1): Codec {
  return { id: 200, name: "odd", encode: encode as never, decode };
}

const odd: readonly (readonly [string, () => unknown])[] = [
  ["undefined", () => undefined],
  ["null", () => null],
  ["an empty object", () => ({})],
  ["issues that are null", () => ({ issues: null })],
  ["issues that are text", () => ({ issues: "x" })],
  ["an issue that is null", () => ({ issues: [null] })],
  ["an issue with an odd path", () => ({ issues: [{ path: [null, Symbol("s")] }] })],
  ["an issue whose path is text", () => ({ issues: [{ message: "m", path: "a" }] })],
  [
    "an object that throws",
    () => ({
      get issues() {
        throw new Error("no");
      },
    }),
  ],
];

describe("a schema", () => {
  test.each(odd)("that returns %s finds the value invalid, and nothing throws", (_, answer) => {
    expect(validate(schemaOf(answer), 1)).toMatchObject({ kind: "invalid" });
  });

  test("that throws what has no text finds the value invalid", () => {
    const schema = schemaOf(() => {
      throw Object.create(null);
    });
    expect(validate(schema, 1)).toMatchObject({ kind: "invalid" });
  });

  test("that returns a promise of another library is asynchronous", () => {
    const name = "then";
    const later = { [name]: () => {} };
    expect(
      validate(
        schemaOf(() => later),
        1,
      ),
    ).toEqual({ kind: "async" });
  });
});

describe("a codec", () => {
  test.each([undefined, 5, "text", [1, 2], new Uint16Array(2), Promise.resolve()])(
    "that writes %s fails its publisher by name",
    async (bytes) => {
      const topic = rig().book.open("t", { codec: codecOf(() => bytes) });
      await expect(topic.publish(1)).rejects.toMatchObject({ code: "CODEC_FAILED" });
    },
  );

  test("that reads a promise has its message rejected and ends no process", async () => {
    const { book } = rig();
    const decode = () => Promise.reject(new Error("later"));
    const topic = book.open("t", { codec: codecOf(() => new Uint8Array(1), decode) });
    const details: string[] = [];
    topic.onRejected(({ detail }) => details.push(detail));
    await topic.publish(1);
    expect(details).toEqual(["odd: decode returned a promise"]);
  });

  test("without its functions is refused", () => {
    const { book } = rig();
    const refused = expect.objectContaining({ code: "CONFIG_OPTION" });
    expect(() => book.open("t", { codec: null as never })).toThrow(refused);
    expect(() => book.open("t", { codec: { id: 128, name: "c" } as never })).toThrow(refused);
  });
});

test.each([
  new ArrayBuffer(3),
  new Float64Array(1),
  new Error("x"),
  /x/,
  new WeakMap(),
  JSON.parse('{"__proto__": 1}'),
])("msgpack refuses %s, which would not arrive as what it was", (value) => {
  expect(() => msgpackValues().encode({ inner: [value] })).toThrow(TypeError);
});

test("an unknown option of a topic is refused, for it may be a promise nobody keeps", () => {
  const { book } = rig();
  const refused = expect.objectContaining({ code: "CONFIG_OPTION" });
  expect(() => book.open("t", { order: "sorted" } as never)).toThrow(refused);
  expect(() => book.open("t", null as never)).toThrow(refused);
});

test("a tag with half a surrogate pair is refused: it would arrive as another", () => {
  const refused = expect.objectContaining({ code: "CONFIG_OPTION" });
  expect(() => rig().book.open("a\ud800")).toThrow(refused);
  expect(rig().book.open("🎉").tag).toBe("🎉");
});

test("a callback subscribed with an aborted signal is never called", async () => {
  const topic = rig().book.open("t");
  const heard: unknown[] = [];
  const signal = AbortSignal.abort();
  const handle = topic.subscribe((message) => heard.push(message), { signal });
  await topic.publish(1);
  expect(heard).toEqual([]);
  handle.close();
});

test("what is subscribed after the end has ended", async () => {
  const { book } = rig();
  const topic = book.open("t");
  book.close();
  const end = { done: true, value: undefined };
  expect(await topic.subscribe().next()).toEqual(end);
  expect(await topic.subscribe(() => {}).next()).toEqual(end);
  expect(await book.receive([topic]).next()).toEqual(end);
});

test("listeners of rejections may reject, and each is taken off alone", async () => {
  const { book, errors } = rig();
  const failing = book.open("s", {
    codec: codecOf(
      () => new Uint8Array(1),
      () => {
        throw new Error("unreadable");
      },
    ),
  });
  let heard = 0;
  const count = (): void => {
    heard += 1;
  };
  const off = failing.onRejected(count);
  failing.onRejected(count);
  failing.onRejected(async () => {
    throw new Error("late");
  });
  off();
  await failing.publish(1);
  await Promise.resolve();
  expect(heard).toBe(1);
  expect(errors).toHaveLength(1);
});
