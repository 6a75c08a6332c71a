import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { arrivalMeans } from "../../core/arrival.ts";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { createTestCluster } from "../../testing/index.ts";
import { TraceBook } from "./trace-book.ts";
import type { TracesMessage } from "./traces.messages.ts";
import { tracesDefaults } from "./traces.options.ts";
import { decodeTraces, encodeTraces } from "./traces.wire.ts";

const origin = makeOrigin("a", 1);
const dot = (seq: number) => ({ origin, seq });
const means = "broadcast";
const noName = () => undefined;

describe("the book of arrivals", () => {
  it("remembers the last messages, and the first arrivals of each", () => {
    const book = new TraceBook({ ...tracesDefaults, keptMaxCount: 2, arrivalsMaxCount: 3 });
    for (let seq = 1; seq <= 3; seq += 1) {
      book.note({ kind: "news", means, dot: dot(seq), from: peerId("b") }, "t", 100 + seq);
    }
    expect(book.size).toBe(2);
    expect(book.arrivals("t", dot(1), noName)).toEqual([]);
    for (let again = 0; again < 9; again += 1) {
      book.note({ kind: "copy", means, dot: dot(3), from: peerId("c") }, "t", 200 + again);
    }
    expect(book.arrivals("t", dot(3), noName)).toEqual([
      { kind: "news", means, from: "b", at: 103 },
      { kind: "copy", means, from: "c", at: 200 },
      { kind: "copy", means, from: "c", at: 201 },
    ]);
  });

  it("takes what a second way brings for a copy, though it is news on that way", () => {
    const book = new TraceBook(tracesDefaults);
    const repaired = {
      kind: "news",
      means: "anti-entropy",
      dot: dot(1),
      from: peerId("b"),
    } as const;
    book.note(repaired, "t", 1);
    book.note({ kind: "news", means, dot: dot(1), from: peerId("c") }, "t", 2);
    expect(book.arrivals("t", dot(1), noName).map(({ kind }) => kind)).toEqual(["news", "copy"]);
  });

  it("looks up whose an address is when it is asked", () => {
    const book = new TraceBook(tracesDefaults);
    const via = { host: "10.0.0.2", port: 7946 };
    book.note({ kind: "news", means, dot: dot(1), via }, "t", 5);
    const nameAt = (address: string) => (address === "10.0.0.2:7946" ? "b" : undefined);
    expect(book.arrivals("t", dot(1), nameAt)).toEqual([{ kind: "news", means, from: "b", at: 5 }]);
    expect(book.arrivals("t", dot(1), noName)).toEqual([{ kind: "news", means, from: "", at: 5 }]);
  });
});

describe("messages", () => {
  const names = fc.array(fc.string({ maxLength: 20 }), { maxLength: 5 });
  const id = fc.nat();
  const messages: fc.Arbitrary<TracesMessage> = fc.oneof(
    fc.record({
      kind: fc.constantFrom("askArrivals" as const, "askNeighbours" as const),
      id,
      tag: fc.string({ unit: "grapheme", maxLength: 20 }),
      origin: fc.string({ maxLength: 20 }),
      seq: fc.nat(),
    }),
    fc.record({
      kind: fc.constant("arrivals" as const),
      id,
      arrivals: fc.array(
        fc.record({
          kind: fc.constantFrom("published" as const, "news" as const, "copy" as const),
          means: fc.constantFrom(...arrivalMeans),
          from: fc.string({ maxLength: 20 }),
          at: fc.nat(),
        }),
        { maxLength: 5 },
      ),
    }),
    fc.record(
      {
        kind: fc.constant("neighbours" as const),
        id,
        active: names,
        passive: names,
        branches: fc.record({ eager: names, lazy: names }),
      },
      { requiredKeys: ["kind", "id", "active", "passive"] },
    ),
  );

  it("come back from their bytes", () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(decodeTraces(encodeTraces(message))).toEqual(message);
      }),
      { numRuns: 200 },
    );
  });

  it("are nothing when they were cut, and never throw", () => {
    fc.assert(
      fc.property(messages, fc.nat(), (message, at) => {
        const bytes = encodeTraces(message);
        expect(decodeTraces(bytes.subarray(0, at % bytes.length))).toBeUndefined();
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        decodeTraces(bytes);
      }),
    );
  });
});

test("a message is followed to all nodes of a cluster, by broadcast and along trees", async () => {
  await using cluster = await createTestCluster({ nodes: 4, seed: 3 });
  const [first, ...others] = cluster.nodes;
  for (const via of ["piggyback", "plumtree"] as const) {
    const topics = cluster.nodes.map((node) => node.topic<string>(`by ${via}`, { via }));
    await cluster.runForMs(300);
    const { dot: published } = await topics[0]!.publish("hello");
    await cluster.runForMs(300);
    const asking = others[2]!.traces.follow(`by ${via}`, published);
    await cluster.runForMs(tracesDefaults.answerTimeoutMs);
    const reports = await asking;
    expect(reports.map(({ name }) => name).sort()).toEqual(
      cluster.nodes.map(({ name }) => name).sort(),
    );
    for (const { arrivals, name, status } of reports) {
      expect(status).toBe("answered");
      const kinds = arrivals.map(({ kind }) => kind);
      if (name === first!.name) expect(kinds).toContain("published");
      else expect(kinds.filter((kind) => kind === "news")).toHaveLength(1);
    }
    const told = reports.filter(({ name }) => name !== first!.name);
    const senders = told.map(({ arrivals }) => arrivals.find(({ kind }) => kind === "news")?.from);
    for (const sender of senders) expect(cluster.nodes.map(({ name }) => name)).toContain(sender);
  }
});

test("overlays of all nodes are told, with branches of a tree; a dead node is silent", async () => {
  await using cluster = await createTestCluster({ nodes: 4, seed: 4 });
  const topics = cluster.nodes.map((node) => node.topic<string>("tree", { via: "plumtree" }));
  await cluster.runForMs(300);
  const { dot: published } = await topics[0]!.publish("hello");
  await cluster.runForMs(300);
  const asking = cluster.nodes[1]!.traces.overlays({ tag: "tree", origin: published.origin });
  await cluster.runForMs(tracesDefaults.answerTimeoutMs);
  const reports = await asking;
  expect(reports).toHaveLength(4);
  for (const report of reports) {
    if (report.status === "silent") throw new Error(`${report.name} is silent`);
    expect(report.active.length).toBeGreaterThan(0);
    expect(report.branches?.eager.length).toBeGreaterThan(0);
  }
  const dead = cluster.nodes[3]!.name;
  cluster.crash(dead);
  const again = cluster.nodes[1]!.traces.overlays();
  await cluster.runForMs(2_000);
  const silent = (await again).filter(({ status }) => status === "silent");
  expect(silent.map(({ name }) => name)).toEqual([dead]);
});

test("a dot that cannot be is refused, and the node goes on", async () => {
  await using cluster = await createTestCluster({ nodes: 2, seed: 4 });
  const [node] = cluster.nodes;
  for (const seq of [-1, 0.5, Number.NaN]) {
    const asking = node?.traces.follow("t", { origin: "a#1", seq });
    await expect(asking).rejects.toMatchObject({ code: "CONFIG_OPTION" });
  }
  const asking = node?.traces.follow("t", { origin: "a#1", seq: 1 });
  await cluster.runForMs(tracesDefaults.answerTimeoutMs);
  expect(await asking).toHaveLength(2);
});

test("a node that is to remember nothing asks and answers, and knows of no arrival", async () => {
  const options = (name: string) => (name === "n1" ? { traces: { keptMaxCount: 0 } } : {});
  await using cluster = await createTestCluster({ nodes: 2, seed: 5, options });
  const [silent] = cluster.nodes;
  const topics = cluster.nodes.map((node) => node.topic<string>("t"));
  const { dot: published } = await topics[0]!.publish("hello");
  await cluster.runForMs(300);
  const asking = silent!.traces.follow("t", published);
  await cluster.runForMs(tracesDefaults.answerTimeoutMs);
  const [own, other] = await asking;
  expect(own).toEqual({ name: "n1", status: "answered", arrivals: [] });
  expect(other?.arrivals[0]).toMatchObject({ kind: "news", from: "n1" });
  expect(silent!.metrics()["traces.kept"]).toBe(0);
});
