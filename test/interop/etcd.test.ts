import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Etcd3 } from "etcd3";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { OrderOutcome, OrderPosition } from "../../src/core/orderer.ts";
import { decodeUtf8, encodeUtf8 } from "../../src/core/text.ts";
import { ordererContract } from "../../src/testing/orderer-contract.ts";
import { EtcdCluster } from "./etcd-cluster.ts";
import { type EtcdNode, EtcdNodesRig, startEtcdNode } from "./etcd-nodes.ts";
import { requireInCi } from "./requirements.ts";
import { freePort } from "./serf-agent.ts";
import { sleep, waitUntil } from "./waiting.ts";

const missing = requireInCi("etcd");
const holderFile = fileURLToPath(new URL("etcd-holder.ts", import.meta.url));
const BEGINNING = 0 as OrderPosition;

describe.skipIf(missing !== undefined)(`etcd, three members (${missing ?? "there"})`, () => {
  let cluster: EtcdCluster;
  let groups = 0;

  beforeAll(async () => {
    cluster = await EtcdCluster.start();
  });
  afterAll(() => cluster.stop());

  const nextNamespace = (): string => {
    groups += 1;
    return `test/${groups}/`;
  };

  ordererContract({ describe, test }, "etcd, members die with their nodes", () => {
    return new EtcdNodesRig(cluster, nextNamespace()).start();
  });

  it("hears everything once, in one order, while members are killed and come back", async () => {
    const namespace = nextNamespace();
    const nodes = await startNodes(cluster, namespace, 3);
    const ears = nodes.map((node) => hear(node));
    const ended = new Map<string, OrderOutcome["kind"]>();
    let isDone = false;
    const load = nodes.map(async (node, index) => {
      for (let count = 0; !isDone; count += 1) {
        const text = `${index}/${count}`;
        ended.set(text, (await propose(node, text)).kind);
      }
    });
    for (const member of [0, 1, 2]) {
      const before = ended.size;
      await waitUntil("some to be ordered", 40_000, () => ended.size > before + 50);
      await cluster.kill(member);
      await waitUntil("more to be ordered", 40_000, () => ended.size > before + 100);
      cluster.restart(member);
      await cluster.answers(member);
    }
    // One that stands still takes what it is sent, and says nothing.
    const before = ended.size;
    cluster.pause(0);
    await waitUntil("more to be ordered", 40_000, () => ended.size > before + 300);
    cluster.resume(0);
    isDone = true;
    await Promise.all(load);
    const last = await propose(at(nodes, 0), "last");
    expect(last.kind).toBe("ordered");
    await waitUntil("all to hear the last", 40_000, () =>
      ears.every((ear) => ear.at(-1) === "last"),
    );
    const [first, ...others] = ears;
    for (const other of others) expect(other).toEqual(first);
    expect(new Set(first).size).toBe(first?.length);
    const heard = new Set(first);
    for (const [text, kind] of ended) {
      if (kind === "ordered") expect(heard).toContain(text);
      if (kind === "refused") expect(heard).not.toContain(text);
    }
    await endAll(nodes);
  });

  it("gives a state to who comes late, and reads on where etcd forgot the past", async () => {
    const namespace = nextNamespace();
    const options = { trailingCount: 5, pastOfKeys: "group", stateChunkBytes: 1_000 } as const;
    const setup = { namespace, options: { ...options, callTimeoutMs: 1_500 } };
    const fast = await startEtcdNode({ ...setup, name: "n1", hosts: cluster.hosts.slice(0, 2) });
    const cutOff = await startEtcdNode({ ...setup, name: "n2", hosts: cluster.hosts.slice(2) });
    const [heard, toldLater] = [hear(fast), hear(cutOff)];
    await propose(fast, "before");
    await waitUntil("both to hear", 40_000, () => toldLater.includes("before"));
    await cluster.kill(2);
    const state = "all of it ".repeat(1_000);
    for (let round = 1; round <= 3; round += 1) {
      for (let count = 0; count < 10; count += 1) await propose(fast, `old ${round} ${count}`);
      const last = await propose(fast, `state ${round}`);
      const position = last.kind === "ordered" ? last.position : BEGINNING;
      fast.step(() => fast.orderer.compact(position, encodeUtf8(`${round} ${state}`)));
      const isKept = () => fast.engine.metrics()["etcd.compact.kept"] === round;
      await waitUntil("the state to be kept", 40_000, isKept);
    }
    await propose(fast, "new");
    cluster.restart(2);
    await cluster.answers(2);
    const late = await startEtcdNode({ ...setup, name: "n3", hosts: cluster.hosts });
    const toldLate = hear(late);
    for (const told of [toldLater, toldLate]) {
      await waitUntil("the rest", 40_000, () => told.includes("new"));
      const from = told.indexOf(`state 3 ${state}`);
      expect(from).toBe(told === toldLate ? 0 : 1);
      expect(told.slice(from + 1)).toEqual(["new"]);
    }
    expect(heard.at(-1)).toBe("new");
    expect(cutOff.engine.metrics()["etcd.watch.compacted"]).toBe(1);
    // Keys that are deleted are heard as such.
    expect(fast.engine.metrics()["etcd.dropped.unreadableBatch"]).toBeUndefined();
    await endAll([fast, cutOff, late]);
  });

  it("a leader that was stopped for longer than its lease is none when it goes on", async () => {
    const namespace = nextNamespace();
    const holder = spawn(process.execPath, [
      "--import",
      "tsx",
      holderFile,
      namespace,
      ...cluster.hosts,
    ]);
    try {
      const lines = linesOf(holder);
      await waitUntil("it to lead", 40_000, () => lines.some((line) => line.startsWith("leader")));
      const term = Number(lines.find((line) => line.startsWith("leader"))?.split(" ")[1]);
      const [other] = await startNodes(cluster, namespace, 1);
      holder.kill("SIGSTOP");
      await waitUntil("another to lead", 40_000, () => other?.orderer.status.isLeader === true);
      expect(other?.orderer.status.term).toBeGreaterThan(term);
      // Some of its lease was over when it was stopped; it is to know a pause when it sees one.
      await sleep(3_500);
      holder.kill("SIGCONT");
      await waitUntil("it to go on", 40_000, () => lines.some((line) => line.startsWith("paused")));
      expect(lines).not.toContain("paused leader");
      await endAll(other === undefined ? [] : [other]);
      await waitUntil("it to lead again", 40_000, () => {
        return lines.filter((line) => line.startsWith("leader")).length > 1;
      });
      holder.kill("SIGTERM");
      // Nothing keeps a process alive that has stopped its part of the order.
      await once(holder, "exit");
    } finally {
      holder.kill("SIGKILL");
    }
  });

  it("needs a role for its namespace only, and says when it has none", async () => {
    const guarded = await EtcdCluster.start({ membersCount: 1 });
    try {
      await guard(guarded.hosts, "mine/");
      const setup = { name: "n1", hosts: guarded.hosts, namespace: "mine/" };
      const options = { requestTimeoutMs: 2_000 };
      const node = await startEtcdNode({ ...setup, access: asHearsay("pw") });
      await waitUntil("it to lead", 40_000, () => node.orderer.status.isLeader);
      const first = await propose(node, "allowed");
      if (first.kind !== "ordered") throw new Error(`it was ${first.kind}`);
      node.step(() => node.orderer.compact(first.position, encodeUtf8("all of it")));
      const isKept = () => node.engine.metrics()["etcd.compact.kept"] === 1;
      await waitUntil("the state to be kept", 40_000, isKept);
      expect(node.lines).toEqual([]);
      await node.end("stopped");
      const cases = [
        { access: asHearsay("pw"), namespace: "other/" },
        { access: asHearsay("wrong"), namespace: "mine/" },
        { namespace: "mine/" },
      ];
      for (const one of cases) {
        const stranger = await startEtcdNode({ ...setup, ...one, options });
        expect((await propose(stranger, "not allowed")).kind).toBe("refused");
        const words = /permission denied|authentication failed|user name is empty/;
        expect(stranger.lines[0]).toMatch(words);
        await stranger.end("stopped");
      }
    } finally {
      await guarded.stop();
    }
  });

  it("speaks TLS with whom it trusts, and with nobody else", async () => {
    const guarded = await EtcdCluster.start({ membersCount: 1, tls: "self-signed" });
    try {
      const setup = { name: "n1", hosts: guarded.hosts, namespace: "mine/" };
      const credentials = { rootCertificate: guarded.certificate(0) };
      const node = await startEtcdNode({ ...setup, access: { credentials } });
      expect((await propose(node, "over TLS")).kind).toBe("ordered");
      await node.end("stopped");
      const stranger = await startEtcdNode({ ...setup, options: { requestTimeoutMs: 2_000 } });
      expect((await propose(stranger, "not trusted")).kind).toBe("refused");
      expect(stranger.lines[0]).toMatch(/certificate/);
      await stranger.end("stopped");
    } finally {
      await guarded.stop();
    }
  });

  it("says so, and hangs nowhere, where nobody answers", async () => {
    const hosts = [`127.0.0.1:${await freePort()}`];
    const options = { requestTimeoutMs: 500 };
    const node = await startEtcdNode({ name: "n1", hosts, namespace: "x/", options });
    expect(node.orderer.status.state).toBe("waiting");
    expect(await propose(node, "in vain")).toEqual({ kind: "refused", reason: "noLeader" });
    await waitUntil("a line about it", 40_000, () => node.lines.length > 0);
    expect(node.lines[0]).toContain(hosts[0]);
    expect(node.lines[0]).toMatch(/cannot be read: .*(ECONNREFUSED|connection)/i);
    await node.end("stopped");
  });
});

function asHearsay(password: string) {
  return { auth: { username: "hearsay", password } };
}

/** From now on there are passwords; "hearsay" may do all below `prefix`, and nothing else. */
async function guard(hosts: string[], prefix: string): Promise<void> {
  const client = new Etcd3({ hosts });
  const role = await client.role("hearsay").create();
  await role.grant({ permission: "Readwrite", range: client.range({ prefix }) });
  await (await client.user("hearsay").create("pw")).addRole(role);
  await (await client.user("root").create("pw")).addRole("root");
  await client.auth.authEnable();
  client.close();
}

async function startNodes(
  cluster: EtcdCluster,
  namespace: string,
  count: number,
  options: Parameters<typeof startEtcdNode>[0]["options"] = {},
): Promise<EtcdNode[]> {
  const nodes: EtcdNode[] = [];
  for (let index = 1; index <= count; index += 1) {
    const all = { leaseTtlMs: 2_000, callTimeoutMs: 1_500, ...options };
    const setup = { name: `n${index}`, hosts: cluster.hosts, namespace, options: all };
    nodes.push(await startEtcdNode(setup));
  }
  return nodes;
}

async function endAll(nodes: readonly EtcdNode[]): Promise<void> {
  await Promise.all(nodes.map((node) => node.end("stopped")));
}

function ear(into: string[]) {
  return {
    onOrdered: (all: readonly { readonly command: Uint8Array }[]) => {
      into.push(...all.map(({ command }) => decodeUtf8(command)));
    },
    onSnapshot: (_: OrderPosition, state: Uint8Array | undefined) => {
      into.push(`state ${state === undefined ? "none" : decodeUtf8(state)}`);
    },
  };
}

function hear(node: EtcdNode): string[] {
  const heard: string[] = [];
  node.step(() => node.orderer.subscribe(ear(heard), BEGINNING));
  return heard;
}

const waiters = new WeakMap<EtcdNode, Map<number, (outcome: OrderOutcome) => void>>();

function propose(node: EtcdNode, text: string): Promise<OrderOutcome> {
  let waiting = waiters.get(node);
  if (waiting === undefined) {
    const made = new Map<number, (outcome: OrderOutcome) => void>();
    waiting = made;
    waiters.set(node, made);
    node.orderer.listen({
      onOutcome: (request, outcome) => {
        made.get(request)?.(outcome);
        made.delete(request);
      },
      onStatus: () => {},
    });
  }
  const listened = waiting;
  return new Promise((resolve) => {
    node.step(() => listened.set(node.orderer.propose(encodeUtf8(text)), resolve));
  });
}

function linesOf({ stdout, stderr }: ChildProcess): string[] {
  const lines: string[] = [];
  stdout?.on("data", (text: Buffer) => lines.push(...text.toString("utf8").trim().split("\n")));
  stderr?.on("data", (text: Buffer) => lines.push(`error ${text.toString("utf8")}`));
  return lines;
}

function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  if (item === undefined) throw new Error(`there is no ${index}`);
  return item;
}
