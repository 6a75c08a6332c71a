import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { TestCluster } from "../../testing/test-cluster/cluster-api.ts";
// Loaded with this file: no limit of time of the first test is spent on it.
import "../../testing/test-cluster/running-cluster.ts";
import { createTestCluster } from "../../testing/test-cluster/create-test-cluster.ts";
import { decodeCertificate, encodeCertificate } from "./certificate.wire.ts";
import type { Certificate, EverywhereOptions } from "./certificates.api.ts";
import { NotEverywhereError } from "./not-everywhere-error.ts";

type Cluster = TestCluster<unknown>;

async function write(cluster: Cluster, on: string, key: string, value: unknown = 1) {
  return await cluster.run(cluster.node(on).infos.set(key, value));
}

const everywhere = (cluster: Cluster, on: string, key: string, options?: EverywhereOptions) =>
  cluster.run(cluster.node(on).infos.everywhere(key, options), { limitMs: 120_000 });

async function shortfall(cluster: Cluster, on: string, key: string, options: EverywhereOptions) {
  try {
    await everywhere(cluster, on, key, options);
  } catch (error) {
    if (error instanceof NotEverywhereError) return error;
    throw error;
  }
  return expect.fail("it was everywhere");
}

const names = (certificate: Certificate) => certificate.evidence.map(({ name }) => name);

describe("certificates", () => {
  it("say of every living member that it holds a write, and how that is known", async () => {
    await using cluster = await createTestCluster({ nodes: 4, seed: 5, options: { infos: {} } });
    const { dot } = await write(cluster, "n2", "flag");
    const certificate = await everywhere(cluster, "n2", "flag");
    expect(certificate).toMatchObject({ replica: "infos", key: "flag", dot, proof: "held" });
    expect(certificate.by).toBe(cluster.node("n2").origin);
    expect(names(certificate)).toEqual(["n1", "n2", "n3", "n4"]);
    for (const { how, name, origin, standing } of certificate.evidence) {
      expect(origin).toBe(cluster.node(name).origin);
      expect([how, standing]).toEqual([name === "n2" ? "own" : "asked", "held"]);
      expect(cluster.node(name).infos.get("flag")).toBe(1);
    }
  });

  it("take a successor for the write, and a deletion for one, too", async () => {
    await using cluster = await createTestCluster({ nodes: 3, options: { infos: {} } });
    await write(cluster, "n1", "a", 1);
    await everywhere(cluster, "n1", "a");
    cluster.partition(["n1"], ["n2", "n3"]);
    await write(cluster, "n1", "a", 2);
    const first = cluster.node("n1").infos.everywhere("a", { timeoutMs: 60_000 });
    await cluster.runForMs(10);
    await write(cluster, "n2", "a", 3);
    cluster.heal();
    const certificate = await cluster.run(first);
    expect(certificate.evidence.map(({ standing }) => standing)).toContain("succeeded");
    await cluster.run(cluster.node("n3").infos.delete("a"));
    const deleted = await everywhere(cluster, "n3", "a");
    expect(names(deleted)).toEqual(["n1", "n2", "n3"]);
    for (const name of names(deleted)) expect(cluster.node(name).infos.get("a")).toBeUndefined();
    await expect(cluster.run(cluster.node("n1").infos.everywhere("b"))).rejects.toThrow(
      /INFO_UNKNOWN/,
    );
  });

  it("are not given across a partition; who is missing is said, and why", async () => {
    await using cluster = await createTestCluster({ nodes: 4, options: { infos: {} } });
    await write(cluster, "n1", "a");
    await everywhere(cluster, "n1", "a");
    cluster.partition(["n1", "n2"], ["n3", "n4"]);
    await write(cluster, "n1", "a", 2);
    const error = await shortfall(cluster, "n1", "a", { timeoutMs: 2_000 });
    expect(error.code).toBe("TIMEOUT");
    expect(error.message).toMatch(
      /2 of 4 members are known to have it; missing: n3 \(silent\), n4/,
    );
    expect(error.certificate.missing.map(({ name }) => name)).toEqual(["n3", "n4"]);
    expect(names(error.certificate)).toEqual(["n1", "n2"]);
    cluster.heal();
    expect(names(await everywhere(cluster, "n1", "a", { timeoutMs: 60_000 }))).toHaveLength(4);
  });

  it("name who died or left meanwhile, and wait for who joins", async () => {
    await using cluster = await createTestCluster({ nodes: 4, options: { infos: {} } });
    cluster.pause("n2");
    await write(cluster, "n1", "a");
    const waiting = cluster.node("n1").infos.everywhere("a", { timeoutMs: 120_000 });
    await cluster.runForMs(500);
    cluster.crash("n3");
    await cluster.run(cluster.node("n4").leave());
    await cluster.add("n5");
    await cluster.runForMs(20_000);
    const certificate = await cluster.run(waiting);
    expect(names(certificate)).toEqual(["n1", "n5"]);
    expect(certificate.gone.map(({ how, name }) => `${name} ${how}`)).toEqual([
      "n2 died",
      "n3 died",
      "n4 left",
    ]);
    expect(cluster.node("n5").infos.get("a")).toBe(1);
  });

  it("do not count what another life of a member had", async () => {
    await using cluster = await createTestCluster({ nodes: 3, options: { infos: {} } });
    await write(cluster, "n1", "a");
    const before = await everywhere(cluster, "n1", "a");
    cluster.crash("n2");
    cluster.partition(["n1"], ["n2", "n3"]);
    cluster.crash("n3");
    await cluster.restart("n2", { disk: "lost" });
    cluster.heal();
    const after = await everywhere(cluster, "n1", "a", { timeoutMs: 60_000, view: ["n1", "n2"] });
    const lives = [before, after].map((one) => one.evidence.find(({ name }) => name === "n2"));
    expect(lives[1]?.origin).toBe(cluster.node("n2").origin);
    expect(lives[1]?.origin).not.toBe(lives[0]?.origin);
    expect(cluster.node("n2").infos.get("a")).toBe(1);
  });

  it("are not given where a schema refuses the value, unless seeing it is enough", async () => {
    const options = (name: string) =>
      name === "n3" ? { infos: { schemas: { a: z.string() } } } : { infos: {} };
    await using cluster = await createTestCluster({ nodes: 3, options });
    await write(cluster, "n1", "a", 7);
    const error = await shortfall(cluster, "n1", "a", { timeoutMs: 5_000 });
    expect(error.certificate.missing).toMatchObject([{ name: "n3", why: "unheld" }]);
    const seen = await everywhere(cluster, "n1", "a", { proof: "seen", timeoutMs: 30_000 });
    expect(seen.evidence.find(({ name }) => name === "n3")?.standing).toBe("seen");
  });

  it("of any replica are given by dots, if need be as anti-entropy told", async () => {
    await using cluster = await createTestCluster({ nodes: 4, seed: 2 });
    for (const name of ["n1", "n2", "n3"]) {
      cluster.node(name).topic("Commit", { history: { payloadMaxBytes: 100_000 } });
    }
    await cluster.runForMs(5_000);
    const topic = cluster.node("n2").topic("Commit", { history: { payloadMaxBytes: 100_000 } });
    const { dot } = await cluster.run(topic.publish("x"));
    const update = { replica: "Commit", dot };
    const asked = await cluster.run(cluster.node("n2").everywhere(update, { proof: "held" }));
    expect(names(asked)).toEqual(["n1", "n2", "n3"]);
    await cluster.runForMs(10_000);
    const told = await cluster.run(cluster.node("n2").everywhere(update));
    expect(told.evidence.map(({ how }) => how)).toEqual(["told", "own", "told"]);
    const nobody = cluster.node("n4").everywhere(update);
    await expect(cluster.run(nobody)).rejects.toThrow(/REPLICA_UNKNOWN/);
    const wide = cluster.node("n2").everywhere(update, { view: "members", timeoutMs: 1_000 });
    await expect(cluster.run(wide)).rejects.toThrow(/n4 \(closed\)/);
  });

  it("are not given when nobody of those who were named lives any more", async () => {
    await using cluster = await createTestCluster({ nodes: 2, options: { infos: {} } });
    cluster.partition(["n1"], ["n2"]);
    await write(cluster, "n1", "a");
    cluster.crash("n2");
    const error = await shortfall(cluster, "n1", "a", { view: ["n2"], timeoutMs: 60_000 });
    expect(error.message).toMatch(/0 of 0 members are known to have it; gone: n2 \(died\)/);
  });

  it("are bounded by options of the node", async () => {
    const certificates = { waitsMaxCount: 1, timeoutMs: 500 };
    const options = { infos: {}, certificates };
    await using cluster = await createTestCluster({ nodes: 2, options });
    cluster.partition(["n1"], ["n2"]);
    await write(cluster, "n1", "a");
    const first = cluster.node("n1").infos.everywhere("a");
    await expect(cluster.node("n1").infos.everywhere("a")).rejects.toThrow(/QUEUE_FULL/);
    await expect(cluster.run(first)).rejects.toThrow(/after 500 ms 1 of 2/);
    const hasty = createTestCluster({ nodes: 1, options: { certificates: { askMinMs: 0 } } });
    await expect(hasty).rejects.toThrow(/certificates.askMinMs is 0, but must be 1 or more/);
  });

  it("are refused for what is no dot", async () => {
    await using cluster = await createTestCluster({ nodes: 2, options: { infos: {} } });
    const { origin } = cluster.node("n1");
    const dots = [undefined, null, {}, { origin: "n1", seq: 1 }, { origin, seq: 1.5 }];
    for (const dot of [...dots, { origin, seq: -1 }, { origin, seq: Number.NaN }]) {
      const asked = cluster.node("n1").everywhere({ replica: "infos", dot: dot as never });
      await expect(cluster.run(asked)).rejects.toThrow(/CONFIG_OPTION.*the dot that a write/);
    }
    const nothing = cluster.node("n1").everywhere(undefined as never);
    await expect(cluster.run(nothing)).rejects.toThrow(/CONFIG_OPTION/);
  });

  it("say whether what is held is on disk", async () => {
    await using cluster = await createTestCluster({ nodes: 2, options: { infos: {} } });
    await write(cluster, "n1", "a");
    const { evidence } = await everywhere(cluster, "n1", "a");
    expect(evidence.map(({ durable }) => durable)).toEqual([true, true]);
  });
});

it("questions and answers are written and read back; junk is refused", () => {
  const dot = { origin: "n1#7" as never, seq: 9 };
  const clock = { ms: 1_700_000_000_000, counter: 3 };
  const subject = { replica: "infos", dot, write: { key: "a", clock } };
  const question = { id: 4, askerBoot: 2, content: { kind: "question", subject } } as const;
  expect(decodeCertificate(encodeCertificate(question))).toEqual(question);
  const answer = {
    id: 4,
    askerBoot: 2,
    content: { kind: "answer", boot: 7, standing: "succeeded", durable: true },
  } as const;
  expect(decodeCertificate(encodeCertificate(answer))).toEqual(answer);
  const bad = { ...subject, dot: { ...dot, seq: 0 } };
  expect(
    decodeCertificate(
      encodeCertificate({ id: 1, askerBoot: 2, content: { kind: "question", subject: bad } }),
    ),
  ).toBeUndefined();
  for (let i = 0; i < 200; i += 1) {
    decodeCertificate(Uint8Array.from({ length: i }, (_, at) => (at * 31 + i * 17) & 255));
  }
});

it("of versions and operations are given, too", async () => {
  await using cluster = await createTestCluster({ nodes: 3, seed: 4 });
  const names3 = ["n1", "n2", "n3"];
  const carts = names3.map((name) => cluster.node(name).versions("cart"));
  const logs = names3.map((name) =>
    cluster.node(name).operations<number, number>("sum", { initial: 0, reducer: (a, b) => a + b }),
  );
  await cluster.runForMs(3_000);
  const node = cluster.node("n1");
  const put = await cluster.run(carts[0]?.session().put("k", 1) ?? Promise.reject(new Error("?")));
  const appended = await cluster.run(logs[0]?.append(2) ?? Promise.reject(new Error("?")));
  const dots = [
    { replica: "versions/cart", dot: "dot" in put ? put.dot : undefined },
    { replica: "operations/sum", dot: appended.dot },
  ];
  for (const { dot, replica } of dots) {
    if (dot === undefined) return expect.fail("nothing was written");
    const certificate = await cluster.run(node.everywhere({ replica, dot }, { proof: "held" }));
    expect(names(certificate)).toEqual(names3);
  }
});
