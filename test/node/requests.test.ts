import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { HearsayError, type HearsayNode, type NodeOptions } from "../../src/index.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { Cluster, until } from "./cluster.ts";

const Sum = z.object({ terms: z.array(z.number()) });
const Total = z.object({ total: z.number(), by: z.string() });
const KEY = Buffer.alloc(32, 7).toString("base64");

const clusters: Cluster[] = [];
afterEach(async () => {
  for (const cluster of clusters.splice(0)) await cluster.stop();
});

async function pair(options: NodeOptions = {}, over: "memory" | "sockets" = "memory") {
  const cluster = new Cluster(over === "memory" ? memoryNetwork() : undefined);
  clusters.push(cluster);
  const [a, b] = await cluster.form(2, options);
  if (a === undefined || b === undefined) return expect.fail("no pair");
  return { cluster, a, b };
}

const sums = (node: HearsayNode) => node.topic("Sum", { schema: Sum, reply: Total });
const answerSums = (node: HearsayNode) =>
  sums(node).onRequest(({ terms }) => ({
    total: terms.reduce((sum, term) => sum + term, 0),
    by: node.name,
  }));

async function failure(promise: Promise<unknown>): Promise<[string, string]> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof HearsayError) return [error.code, error.message];
    throw error;
  }
  return expect.fail("nothing was thrown");
}

const setups: [string, NodeOptions, "memory" | "sockets"][] = [
  ["in memory", {}, "memory"],
  ["over sockets", {}, "sockets"],
  ["over sockets with keys and a label", { keys: [KEY], label: "blue" }, "sockets"],
  ["on memberlist's wire", { wire: "memberlist" }, "sockets"],
];

describe.each(setups)("requests %s", (_, options, over) => {
  it("are answered, typed by the topic's schemas, both ways", async () => {
    const { a, b } = await pair(options, over);
    answerSums(a);
    answerSums(b);
    const reply = await a.peer("p2").request(sums(a), { terms: [1, 2, 39] });
    expect(reply.total satisfies number).toBe(42);
    expect(reply).toEqual({ total: 42, by: "p2" });
    const many = await Promise.all(
      Array.from({ length: 200 }, (_unused, term) =>
        b.peer("p1").request(sums(b), { terms: [term, 1] }),
      ),
    );
    expect(many.map(({ total }) => total)).toEqual(many.map((_unused, at) => at + 1));
    expect(a.metrics()["links.opened"]).toBe(1);
  });
});

describe("requests", () => {
  it("carry what the answer throws, and answers that come later", async () => {
    const { a, b } = await pair();
    b.topic<string, "Ask", string>("Ask").onRequest(async (value, { from }) => {
      if (value === "fail") throw new Error("no such thing");
      await new Promise((resolve) => setTimeout(resolve, 5));
      return `${from} asked ${value}`;
    });
    const ask = a.topic<string, "Ask", string>("Ask");
    const peer = a.peer("p2");
    expect(await peer.request(ask, "politely")).toBe("p1 asked politely");
    const [code, text] = await failure(peer.request(ask, "fail"));
    expect([code, text.includes("no such thing")]).toEqual(["REQUEST_FAILED", true]);
  });

  it("may be answered with nothing, and by the node itself", async () => {
    const { a } = await pair();
    const heard: string[] = [];
    const ask = a.topic<string, "Ask", undefined>("Ask", { codec: "json" });
    ask.onRequest((value, { from }) => {
      heard.push(`${from}: ${value}`);
      return undefined;
    });
    expect(await a.peer("p1").request(ask, "myself")).toBe(undefined);
    expect(heard).toEqual(["p1: myself"]);
  });

  it("are refused where nobody answers, with the reason", async () => {
    const { a, b } = await pair();
    const unknown = await failure(a.peer("p2").request(sums(a), { terms: [] }));
    expect(unknown).toEqual(["REQUEST_REFUSED", expect.stringContaining("unknownTopic")]);
    const stop = answerSums(b);
    expect((await a.peer("p2").request(sums(a), { terms: [] })).total).toBe(0);
    stop();
    const unanswered = await failure(a.peer("p2").request(sums(a), { terms: [] }));
    expect(unanswered[1]).toContain("unanswered");
    const nobody = await failure(a.peer("p9").request(sums(a), { terms: [] }));
    expect(nobody).toEqual(["PEER_UNREACHABLE", expect.stringContaining("p9")]);
  });

  it("are checked by the schemas at both ends", async () => {
    const { a, b } = await pair();
    const wrong = await failure(a.peer("p2").request(sums(a), { terms: ["1"] } as never));
    expect(wrong[0]).toBe("SCHEMA_INVALID");
    b.topic("Sum", { schema: Sum, reply: Total }).onRequest(() => ({ total: "x" }) as never);
    const answer = await failure(a.peer("p2").request(sums(a), { terms: [] }));
    expect(answer[0]).toBe("REQUEST_FAILED");
    const loose = a.topic<unknown, "Sum2">("Sum2");
    b.topic("Sum2", { schema: Sum }).onRequest(() => 1);
    const refused = await failure(a.peer("p2").request(loose, { terms: "none" }));
    expect(refused).toEqual(["REQUEST_REFUSED", expect.stringContaining("badValue")]);
  });

  it("end at their deadline and with their signal, and the other end hears of it", async () => {
    const { a, b } = await pair();
    const signals = new Map<unknown, AbortSignal>();
    b.topic("Slow").onRequest((value, { signal }) => {
      signals.set(value, signal);
      return new Promise(() => {});
    });
    const slow = a.topic("Slow");
    // A machine that stands still for as long as that has not asked yet when its time is over.
    for (let timeoutMs = 50; !signals.has(1); timeoutMs *= 2) {
      const late = await failure(a.peer("p2").request(slow, 1, { timeoutMs }));
      expect(late).toEqual(["TIMEOUT", expect.stringContaining("p2")]);
    }
    const controller = new AbortController();
    const asked = a.peer("p2").request(slow, 2, { signal: controller.signal });
    await until("the second to be asked", () => signals.has(2));
    controller.abort();
    expect((await failure(asked))[0]).toBe("ABORTED");
    await until("both to be told", () => [...signals.values()].every(({ aborted }) => aborted));
  });

  it("end when the other node stops, and when this one does", async () => {
    const { a, b } = await pair();
    const heard = new Set<string>();
    for (const node of [a, b]) {
      node.topic("Slow").onRequest((_value, { from }) => {
        heard.add(from);
        return new Promise(() => {});
      });
    }
    const asked = a.peer("p2").request(a.topic("Slow"), 1);
    const own = b.peer("p1").request(b.topic("Slow"), 1);
    await until("both to be asked", () => heard.size === 2);
    const outcomes = Promise.all([failure(asked), failure(own)]);
    await b.stop();
    const [[theirs], [mine]] = await outcomes;
    expect([theirs, mine]).toEqual(["REQUEST_LOST", "NODE_STOPPED"]);
  });

  it("keep within their bounds", async () => {
    const { a, b } = await pair({ requests: { answeringMaxCount: 3, askedMaxCount: 5 } });
    b.topic("Slow").onRequest(() => new Promise(() => {}));
    const slow = a.topic("Slow");
    const controller = new AbortController();
    const codes: string[] = [];
    const asked = Array.from({ length: 6 }, async () => {
      const [code] = await failure(
        a.peer("p2").request(slow, 1, { signal: controller.signal, timeoutMs: 60_000 }),
      );
      codes.push(code);
    });
    const refusals = ["QUEUE_FULL", "REQUEST_REFUSED", "REQUEST_REFUSED"];
    await until("three to be refused", () => codes.length === refusals.length);
    expect(codes.toSorted()).toEqual(refusals);
    controller.abort();
    await Promise.all(asked);
    expect(codes.slice(3)).toEqual(["ABORTED", "ABORTED", "ABORTED"]);
    const huge = await failure(a.peer("p2").request(slow, new Uint8Array(2 ** 20 + 1)));
    expect(huge[0]).toBe("VALUE_TOO_LARGE");
    b.topic("Huge").onRequest(() => new Uint8Array(2 ** 20 + 1));
    const answer = await failure(a.peer("p2").request(a.topic("Huge"), 1));
    expect(answer[0]).toBe("REQUEST_FAILED");
  });

  it("refuse a second answer, a foreign topic and what is no request", async () => {
    const { a, b } = await pair();
    answerSums(b);
    expect(() => answerSums(b)).toThrow("TOPIC_CONFLICT");
    expect((await failure(a.peer("p2").request(sums(b), { terms: [] })))[0]).toBe("CONFIG_OPTION");
    for (const none of [undefined, null, 5, Symbol("t"), {}]) {
      expect((await failure(a.peer("p2").request(none as never, 1)))[0]).toBe("CONFIG_OPTION");
      expect(() => a.receive(none as never)).toThrow("CONFIG_OPTION");
    }
    for (const odd of [{ signal: 5 }, { timeoutMs: Symbol("t") }]) {
      const asked = a.peer("p2").request(a.topic("Odd"), 1, odd as never);
      expect((await failure(asked))[0]).toBe("CONFIG_OPTION");
    }
    expect(() => a.peer("")).toThrow("CONFIG_OPTION");
    expect(() => a.topic("Sum", { schema: Sum, reply: Sum })).not.toThrow();
    expect(() => sums(a)).toThrow("TOPIC_CONFLICT");
  });

  it("work in a test cluster, also after a crash", async () => {
    await using cluster = await createTestCluster({
      nodes: 3,
      setup: (node) => {
        node.topic<number, "Twice", number>("Twice").onRequest((value) => value * 2);
      },
    });
    await cluster.runForMs(2_000);
    const ask = (from: string, to: string) => {
      const node = cluster.node(from);
      return node.peer(to).request(node.topic<number, "Twice", number>("Twice"), 21);
    };
    const first = ask("n1", "n2");
    await cluster.runForMs(200);
    expect(await first).toBe(42);
    cluster.crash("n2");
    await cluster.restart("n2");
    await cluster.runForMs(2_000);
    const second = ask("n1", "n2");
    const third = ask("n2", "n1");
    await cluster.runForMs(500);
    expect(await Promise.all([second, third])).toEqual([42, 42]);
  });
});
