import { context, SpanKind, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../testing/test-api.ts";
import { memoryNetwork } from "../../transport/memory/memory.ts";
import type { HearsayNode, TopicOptions } from "../api.ts";
import { raft } from "../orderer/raft-choice.ts";
import { startNode } from "../start-node.ts";
import { openTelemetry } from "./open-telemetry.ts";

const exporter = new InMemorySpanExporter();
const nodes: HearsayNode[] = [];

beforeAll(async () => {
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const transport = memoryNetwork();
  const tracing = await openTelemetry();
  for (const name of ["t1", "t2", "t3"]) {
    const join = nodes.slice(0, 1).map(({ address }) => address);
    const place = { bind: "127.0.0.1:0", transport, profile: "local", join } as const;
    const orderer = raft({ voters: ["t1", "t2", "t3"], storage: "memory" });
    // The last one has no tracing of its own, and reads what the others say all the same.
    nodes.push(await startNode({ name, ...place, orderer, ...(name !== "t3" && { tracing }) }));
  }
  const isWhole = () => nodes.every((node) => node.members.size === 3);
  await eventually(isWhole, "three nodes to know each other", 20_000);
});

afterAll(async () => {
  for (const node of nodes) await node.stop();
  trace.disable();
  context.disable();
});

beforeEach(() => exporter.reset());

/** Spans of one publish, and what each node heard. */
async function publishOnce(tag: string, options: TopicOptions<undefined> = {}) {
  const heard: unknown[] = [];
  const topics = nodes.map((node) => node.topic(tag, options));
  for (const topic of topics) topic.subscribe(({ value }) => heard.push(value));
  const { dot } = await topics[0]!.publish({ hello: "world" });
  await expect.poll(() => heard.length).toBe(3);
  expect(heard).toEqual([{ hello: "world" }, { hello: "world" }, { hello: "world" }]);
  return { dot, spans: exporter.getFinishedSpans() };
}

test.each([
  ["broadcast", {}],
  ["kept", { history: {} }],
  ["tree", { via: "plumtree" }],
  ["rumor", { via: "rumor" }],
  ["causal", { order: "causal" }],
  ["total", { order: "total" }],
] as const)("a publish is one trace across nodes: %s", async (tag, options) => {
  const { dot, spans } = await publishOnce(tag, options);
  const sent = spans.filter(({ kind }) => kind === SpanKind.PRODUCER);
  const received = spans.filter(({ kind }) => kind === SpanKind.CONSUMER);
  expect(sent.map(({ name }) => name)).toEqual([`send ${tag}`]);
  // At the publisher itself and at the other node that has tracing.
  expect(received.map(({ name }) => name)).toEqual([`receive ${tag}`, `receive ${tag}`]);
  const { spanId, traceId } = sent[0]!.spanContext();
  for (const span of received) {
    expect(span.spanContext().traceId).toBe(traceId);
    expect(span.parentSpanContext).toMatchObject({ spanId, isRemote: true });
    expect(span.attributes).toMatchObject({
      "messaging.message.id": `${dot.origin}:${dot.seq}`,
      "hearsay.from": "t1",
    });
  }
});

test("a publish is a child of what is active where it was called", async () => {
  const tracer = trace.getTracer("app");
  await tracer.startActiveSpan("order", async (span) => {
    await publishOnce("child");
    span.end();
  });
  const spans = exporter.getFinishedSpans();
  const order = spans.find(({ name }) => name === "order")!;
  const sent = spans.find(({ name }) => name === "send child")!;
  expect(sent.parentSpanContext?.spanId).toBe(order.spanContext().spanId);
  expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
});

test("a publish that fails is told so; a missing package is named", async () => {
  const topic = nodes[0]!.topic("failing");
  await expect(topic.publish(() => {})).rejects.toMatchObject({ code: "CODEC_FAILED" });
  const [span] = exporter.getFinishedSpans();
  expect(span).toMatchObject({ name: "send failing", status: { code: 2 } });
  const missing = openTelemetry(() => Promise.reject(new Error("none")));
  await expect(missing).rejects.toMatchObject({ code: "PACKAGE_MISSING" });
});

test("tracing that throws holds up no message, and is told", async () => {
  const told: string[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (text: string) => told.push(text) };
  const throwing = (): never => {
    throw new Error("broken");
  };
  const tracing = { publish: throwing, received: throwing };
  const place = { bind: "127.0.0.1:0", transport: memoryNetwork(), profile: "local" } as const;
  const node = await startNode({ name: "alone", ...place, logger, tracing });
  const heard: unknown[] = [];
  node.topic("t").subscribe(({ value }) => heard.push(value));
  await node.topic("t").publish(1);
  tracing.publish = () =>
    ({
      place: { traceId: new Uint8Array(16), spanId: new Uint8Array(8), flags: 0 },
      end: throwing,
      fail: throwing,
    }) as never;
  await node.topic("t").publish(2);
  await node.stop();
  expect(heard).toEqual([1, 2]);
  expect(told.join()).toMatch(/tracing of topic t/);
});
