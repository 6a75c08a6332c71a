import { afterEach, describe, expect, it } from "vitest";
import { raft, verifyLedgerConsistency, verifyLedgerProof } from "../../src/index.ts";
import type { Ledger, LedgerBlock } from "../../src/node/api.ts";
import type { TestCluster } from "../../src/testing/test-cluster/cluster-api.ts";
import { createTestCluster } from "../../src/testing/test-cluster/create-test-cluster.ts";

let cluster: TestCluster | undefined;
afterEach(async () => {
  await cluster?.[Symbol.asyncDispose]();
  cluster = undefined;
});

const VOTERS = ["n1", "n2", "n3"];

type Audit = Ledger<unknown, unknown>;

async function group(nodes: number): Promise<{ made: TestCluster; audits: Map<string, Audit> }> {
  const orderer = raft({ voters: VOTERS });
  const made = await createTestCluster({ nodes, options: { orderer } });
  cluster = made;
  await made.run(Promise.all(made.nodes.map((node) => node.order.ready())));
  const audits = new Map<string, Audit>();
  for (const node of made.nodes) audits.set(node.name, openAudit(made, node.name));
  await made.run(Promise.all([...audits.values()].map((audit) => audit.ready())));
  return { made, audits };
}

function openAudit(made: TestCluster, name: string): Audit {
  const key = new Uint8Array(32).fill(Number(name.slice(1)));
  return made.node(name).ledger("audit", { key });
}

function auditOf(audits: Map<string, Audit>, name: string): Audit {
  const audit = audits.get(name);
  if (audit === undefined) throw new Error(name);
  return audit;
}

describe("a ledger on nodes", () => {
  it("has what all append, once, in blocks that most have signed, alike everywhere", async () => {
    const { audits, made } = await group(5);
    const receipts = [];
    for (let count = 0; count < 20; count += 1) {
      const audit = auditOf(audits, `n${(count % 5) + 1}`);
      receipts.push(await made.run(audit.append({ count })));
    }
    expect(receipts.map(({ index }) => index)).toEqual(receipts.map((_, at) => at + 1));
    const ids = new Set([...audits.values()].map((audit) => audit.status().chainId));
    expect(ids.size).toBe(1);
    for (const [name, audit] of audits) {
      await made.until(() => audit.status().finalIndex === 20);
      const { height, isSigning, signers, threshold } = audit.status();
      expect(isSigning).toBe(VOTERS.includes(name));
      expect([signers.length, threshold]).toEqual([3, 2]);
      const blocks: LedgerBlock<unknown>[] = [];
      for await (const block of audit.blocks()) blocks.push(block);
      expect(blocks.length).toBe(height);
      const entries = blocks.flatMap((block) => block.entries);
      const values = entries.filter(({ kind }) => kind === "data").map(({ value }) => value);
      expect(values).toEqual(receipts.map((_, count) => ({ count })));
      expect(await made.run(audit.verify())).toMatchObject({
        status: "valid",
        blocksCount: height,
        head: audit.status().head,
      });
      for (const { block, index } of receipts) {
        expect(audit.entry(index)?.index).toBe(index);
        if (block !== undefined)
          expect(audit.block(block)?.lastIndex).toBeGreaterThanOrEqual(index);
      }
    }
  });

  it("proves an entry to whoever knows the chain's id, and that a chain goes on", async () => {
    const { audits, made } = await group(3);
    const audit = auditOf(audits, "n2");
    const before = audit.treeHead();
    for (let count = 0; count < 5; count += 1) await made.run(audit.append({ count }));
    const proof = JSON.parse(JSON.stringify(audit.prove(3)));
    const chainId = audit.status().chainId ?? "";
    const verdict = verifyLedgerProof(proof, chainId);
    expect(verdict).toMatchObject({ status: "valid", entry: { index: 3, value: { count: 2 } } });
    expect(verifyLedgerProof(proof, "0".repeat(64)).status).toBe("invalid");
    expect(verifyLedgerProof({ ...proof, index: 1 }, chainId).status).toBe("invalid");
    expect(() => audit.prove(99)).toThrow(/STATE_UNKNOWN/);
    const after = audit.treeHead();
    expect(verifyLedgerConsistency(before, after, audit.consistency(before.size))).toBe(true);
    const other = { ...before, root: "0".repeat(64) };
    expect(verifyLedgerConsistency(other, after, audit.consistency(before.size))).toBe(false);
  });

  it("follows: blocks that are there, then those to come, until it is told to stop", async () => {
    const { audits, made } = await group(3);
    const audit = auditOf(audits, "n1");
    await made.run(audit.append("first"));
    const stopping = new AbortController();
    const seen: unknown[] = [];
    const following = (async () => {
      for await (const block of audit.follow({ signal: stopping.signal })) {
        seen.push(...block.entries.map(({ value }) => value));
      }
    })();
    await made.run(auditOf(audits, "n3").append("second"));
    await made.until(() => seen.includes("second"));
    stopping.abort();
    await following;
    expect(seen).toEqual([undefined, "first", "second"]);
  });

  it("goes on while a minority is dead, and who comes back has all of it", async () => {
    const { audits, made } = await group(3);
    await made.run(auditOf(audits, "n1").append("before"));
    made.crash("n3");
    for (let count = 0; count < 5; count += 1) {
      await made.run(auditOf(audits, "n1").append({ count }, { timeoutMs: 60_000 }));
    }
    await made.restart("n3");
    const again = openAudit(made, "n3");
    await made.until(() => again.status().finalIndex === 6);
    expect(again.status().chainId).toBe(auditOf(audits, "n1").status().chainId);
    await made.run(again.append("after", { timeoutMs: 60_000 }));
    expect((await made.run(again.verify())).status).toBe("valid");
  });

  it("lets a newcomer sign that has proven its key; who left counts no more", async () => {
    const { audits, made } = await group(4);
    const first = auditOf(audits, "n1");
    const newcomer = auditOf(audits, "n4");
    await made.run(first.append("one"));
    const { signers } = first.status();
    const keep = signers.slice(0, 2).map(({ keyId }) => keyId);
    const add = [newcomer.proveKey()];
    await made.run(first.changeSigners({ keep, add }));
    await made.until(() => newcomer.status().signerEpoch === 1);
    expect(newcomer.status().isSigning).toBe(true);
    const { index } = await made.run(newcomer.append("two"));
    await made.until(() => first.status().finalIndex >= index);
    const proof = first.prove(index);
    expect(proof.configs.length).toBe(2);
    expect(verifyLedgerProof(proof, first.status().chainId ?? "").status).toBe("valid");
    await expect(first.changeSigners({ keep: ["00"], add: [] })).rejects.toThrow(/no signer/);
    await expect(first.changeSigners({ keep: [], add })).rejects.toThrow(/CONFIG_OPTION/);
  });

  it("takes one of two changes of signers at a time, and tells the other", async () => {
    const { audits, made } = await group(3);
    const [first, second] = [auditOf(audits, "n1"), auditOf(audits, "n2")];
    const keys = first.status().signers.map(({ keyId }) => keyId);
    const changes = [
      first.changeSigners({ keep: keys.slice(0, 2), add: [] }),
      second.changeSigners({ keep: keys.slice(1), add: [] }),
    ];
    const outcomes = await made.run(Promise.allSettled(changes));
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused).toMatchObject([{ reason: { code: "ORDER_REFUSED" } }]);
    await made.until(() => second.status().signerEpoch === 1);
    expect(first.status().signers.length).toBe(2);
  });

  it("is refused where there is no order, and with options that are none", async () => {
    cluster = await createTestCluster({ nodes: 1 });
    const node = cluster.node("n1");
    expect(() => node.ledger("audit")).toThrow(/CONFIG_OPTION.*orderer/);
    const { made } = await group(3);
    const open = made.node("n1").ledger;
    expect(() => open("x", { key: new Uint8Array(5) })).toThrow(/32 bytes/);
    expect(() => open("x", { chainId: "zz" })).toThrow(/64 hex/);
    expect(() => open("x", { numbers: { roundMs: 0 } })).toThrow(/roundMs/);
    expect(() => open("audit", { codec: "json" })).toThrow(/STORE_CONFLICT/);
    expect(() => open("audit", { chainId: "00".repeat(32) })).toThrow(/STORE_CONFLICT.*chain/);
  });
});
