import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { HearsayNode, MemberEvent, TopicMessage } from "../../src/index.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { udpTcp } from "../../src/transport/udp-tcp/udp-tcp.ts";
import { Cluster, until } from "./cluster.ts";

const Commit = z.object({ key: z.string(), value: z.instanceof(Uint8Array), size: z.bigint() });

let cluster: Cluster;
afterEach(() => cluster.stop());

function at(nodes: readonly HearsayNode[], index: number): HearsayNode {
  const node = nodes[index];
  if (node === undefined) throw new Error(`no node ${index}`);
  return node;
}

/** Reads on until the event comes; leaving a `for await` would close the queue. */
async function eventOf(
  events: AsyncIterator<MemberEvent>,
  kind: MemberEvent["kind"],
  name: string,
): Promise<MemberEvent> {
  for (;;) {
    const { done, value: event } = await events.next();
    if (done === true) throw new Error("the events ended");
    if (event.kind === kind && event.member.name === name) return event;
  }
}

describe.each([
  ["in memory", () => new Cluster(memoryNetwork())],
  ["over sockets", () => new Cluster(udpTcp())],
  [
    "in memory with a tenth of the packets lost",
    () => new Cluster(memoryNetwork({ lossRatio: 0.1 })),
  ],
])("five nodes %s", (_, make) => {
  test("join, hear a typed message once each, and see one fail and one leave", async () => {
    cluster = make();
    const nodes = await cluster.form(5, { tags: { role: "test" } });
    for (const node of nodes) {
      expect([...node.members].map((member) => member.name).sort()).toEqual([
        "p1",
        "p2",
        "p3",
        "p4",
        "p5",
      ]);
      expect(node.members.size).toBe(5);
      expect(node.view().peers.length).toBe(4);
    }
    expect(at(nodes, 0).members.get("p4")).toMatchObject({
      status: "alive",
      tags: { role: "test" },
      hearsay: true,
    });

    const topics = nodes.map((node) => node.topic("Commit", { schema: Commit }));
    const heard = topics.map((topic) => {
      const messages: TopicMessage<z.infer<typeof Commit>>[] = [];
      topic.subscribe((message) => messages.push(message));
      return messages;
    });
    const value = { key: "Doom", value: Uint8Array.of(1, 2, 3), size: 2n ** 80n };
    const written = await topics[1]?.publish(value);
    expect(written).toEqual({ dot: { origin: at(nodes, 1).origin, seq: 1 }, durable: false });
    await until("all to hear", () => heard.every((messages) => messages.length === 1));
    for (const messages of heard) {
      expect(messages[0]).toMatchObject({ tag: "Commit", value, from: "p2", dot: written?.dot });
    }

    const events = at(nodes, 0).members.events();
    await at(nodes, 4).stop();
    const failed = await eventOf(events, "fail", "p5");
    expect(failed.member.status).toBe("failed");
    const why = at(nodes, 0).members.why("p5");
    const steps = why.map((entry) => entry.what);
    expect(steps).toContain("suspected");
    expect(steps.some((what) => what === "timedOut" || what === "declaredDead")).toBe(true);
    for (const entry of why) expect(entry.text).toMatch(/^[^\n]{10,}\.$/);

    await at(nodes, 3).leave({ timeoutMs: 5_000 });
    const left = await eventOf(events, "leave", "p4");
    expect(left.member.status).toBe("left");
    await events.return?.();
    // Duplicates would have come by now.
    expect(heard.slice(0, 3).every((messages) => messages.length === 1)).toBe(true);
  });
});

test("a value too large for a packet goes by streams; one above 1 MiB is refused", async () => {
  cluster = new Cluster();
  const nodes = await cluster.form(3);
  const topics = nodes.map((node) => node.topic<Uint8Array>("Blob", { codec: "raw" }));
  const subscriptions = topics.map((topic) => topic.subscribe());
  const value = new Uint8Array(2 ** 20).map((_, index) => index % 251);
  await topics[0]?.publish(value);
  for (const subscription of subscriptions) {
    const { value: message } = await subscription.next();
    expect(Buffer.compare(message?.value ?? Buffer.alloc(0), value)).toBe(0);
  }
  await expect(topics[0]?.publish(new Uint8Array(2 ** 20 + 1))).rejects.toMatchObject({
    code: "VALUE_TOO_LARGE",
  });
});

test("with keys and a label nodes talk; without, they are strangers", async () => {
  const network = memoryNetwork();
  cluster = new Cluster(network);
  const keys = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="];
  const nodes = await cluster.form(3, { keys, label: "blue" });
  const heard = nodes.map((node) => node.topic("x").subscribe());
  await nodes[2]?.topic("x").publish("secret");
  for (const queue of heard) expect((await queue.next()).value?.value).toBe("secret");
  const stranger = await cluster.start({ name: "stranger" });
  await expect(stranger.join(nodes[0]?.address ?? "", { timeoutMs: 3_000 })).rejects.toMatchObject({
    code: "JOIN_FAILED",
  });
  expect(stranger.members.size).toBe(1);
  expect(stranger.keyring.list()).toEqual([]);
  expect(nodes[0]?.keyring.list()).toEqual(keys);
});

test("a plain memberlist wire: tags, topics, fail and leave without Serf", async () => {
  cluster = new Cluster(memoryNetwork());
  const nodes = await cluster.form(3, { wire: "memberlist", tags: { zone: "a" } });
  expect(at(nodes, 0).members.get("p3")?.tags).toEqual({ zone: "a" });
  const queue = at(nodes, 0).topic("x").subscribe();
  await at(nodes, 2).topic("x").publish([1]);
  expect((await queue.next()).value?.value).toEqual([1]);
  const events = at(nodes, 0).members.events();
  at(nodes, 1).serf.setTags({ zone: "b" });
  expect((await eventOf(events, "update", "p2")).member.tags).toEqual({ zone: "b" });
  await at(nodes, 2).leave();
  expect((await eventOf(events, "leave", "p3")).member.status).toBe("left");
  await at(nodes, 1).stop();
  expect((await eventOf(events, "fail", "p2")).member.status).toBe("failed");
  expect(() => at(nodes, 0).serf.event("x")).toThrow("memberlist");
});

describe("Serf's events and queries", () => {
  test("reach every node, with answers and filters", async () => {
    cluster = new Cluster(memoryNetwork());
    const nodes = await cluster.form(3);
    const events = nodes.map((node) => node.serf.events());
    at(nodes, 0).serf.event("deploy", "v2");
    for (const queue of events) {
      const { value: event } = await queue.next();
      expect(event?.name).toBe("deploy");
      expect(new TextDecoder().decode(event?.payload)).toBe("v2");
    }
    for (const node of nodes) {
      node.serf.onQuery((query) => {
        expect(query.deadline).toBeGreaterThan(Date.now());
        query.respond(`${query.name} from ${node.name}`);
      });
    }
    const result = await at(nodes, 1).serf.query("ping", "", {
      nodes: ["p1", "p3"],
      ack: true,
      timeoutMs: 1_500,
    });
    expect([...result.acks].sort()).toEqual(["p1", "p3"]);
    expect(result.answers.map((answer) => new TextDecoder().decode(answer.payload)).sort()).toEqual(
      ["ping from p1", "ping from p3"],
    );
    expect(() => at(nodes, 0).serf.forceLeave("nobody")).toThrow("MEMBER_UNKNOWN");
    const aborted = new AbortController();
    const asking = at(nodes, 0).serf.query("slow", "", { signal: aborted.signal });
    aborted.abort();
    await expect(asking).rejects.toMatchObject({ code: "ABORTED" });
  });

  test("a name that is taken ends the late-comer with NAME_TAKEN", async () => {
    cluster = new Cluster(memoryNetwork());
    const nodes = await cluster.form(3, { serf: { queryTimeoutMultiplier: 2 } });
    const join = [at(nodes, 0).address];
    const late = await cluster.start({ name: "p2", join, serf: { queryTimeoutMultiplier: 2 } });
    const error = await late.closed;
    expect(error).toMatchObject({ code: "NAME_TAKEN" });
    expect(() => late.topic("x")).toThrow("NODE_STOPPED");
    expect(at(nodes, 0).members.get("p2")?.address).toBe(at(nodes, 1).address);
  });
});
