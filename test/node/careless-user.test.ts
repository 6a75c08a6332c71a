/** What a program does wrong costs it an error with a code, never a node, a hang or the process. */
import { afterEach, describe, expect, test } from "vitest";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { Cluster, until } from "./cluster.ts";

let cluster = new Cluster();
afterEach(() => cluster.stop());

async function lone() {
  cluster = new Cluster(memoryNetwork());
  return cluster.start();
}

const option = { code: "CONFIG_OPTION" };
const isOption = expect.objectContaining(option);

describe("a careless user", () => {
  test("waits for nothing after the end", async () => {
    const node = await lone();
    await node.stop();
    const end = { done: true, value: undefined };
    expect(await node.members.events().next()).toEqual(end);
    expect(await node.serf.events().next()).toEqual(end);
  });

  test("may give a signal that was aborted", async () => {
    const node = await lone();
    const signal = AbortSignal.abort();
    const end = { done: true, value: undefined };
    expect(await node.members.events({ signal }).next()).toEqual(end);
    expect(await node.serf.events({ signal }).next()).toEqual(end);
  });

  test("may give listeners that reject, which are counted and end no process", async () => {
    const node = await lone();
    const fail = async (): Promise<void> => {
      throw new Error("late");
    };
    node.members.on(fail);
    node.serf.onEvent(fail);
    node.serf.onQuery(fail);
    node.serf.event("e");
    await node.serf.query("q", "", { timeoutMs: 50 });
    await cluster.start({ join: [node.address] });
    await until("three errors", () => (node.metrics()["callback.errors"] ?? 0) >= 3);
  });

  test("keeps the node when a schema answers nonsense about a remote value", async () => {
    const node = await lone();
    const other = await cluster.start({ join: [node.address], joinMin: 1 });
    const validate = (): never => undefined as never;
    const schema = { "~standard": { version: 1, vendor: "test", validate } } as const;
    const details: string[] = [];
    node.topic("t", { schema }).onRejected(({ detail }) => details.push(detail));
    await until("a peer", () => other.metrics()["hearsay.peers"] === 1);
    await other.topic("t").publish(1);
    await until("a rejection", () => details.length === 1);
    expect(details[0]).toMatch(/neither a value nor/);
    expect(node.members.size).toBe(2);
  });

  test("is told what is wrong with an event or a query", async () => {
    const { serf } = await lone();
    expect(() => serf.event(5 as never)).toThrow(isOption);
    expect(() => serf.event("e", 5 as never)).toThrow(isOption);
    expect(() => serf.setTags(5 as never)).toThrow(isOption);
    expect(() => serf.setTags({ a: 5 as never })).toThrow(isOption);
    const wrong = [
      { timeoutMs: Number.NaN },
      { timeoutMs: -1 },
      { timeoutMs: 1e12 },
      { relayFactor: -1 },
      { relayFactor: 300 },
      { nodes: 5 as never },
      { tags: { a: 5 as never } },
    ];
    for (const options of wrong) {
      await expect(serf.query("q", "", options)).rejects.toMatchObject(option);
    }
    await expect(serf.query(5 as never)).rejects.toMatchObject(option);
  });
});
