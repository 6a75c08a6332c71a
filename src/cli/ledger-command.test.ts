import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { raft } from "../agent/node.ts";
import { type Agent, runAgent } from "../agent/run-agent.ts";
import { exportLine } from "../data/ledger/export-line.ts";
import { crypt, LedgerRig, signerNumber } from "../testing/ledger-rig.ts";
import { memoryNetwork } from "../transport/memory/memory.ts";
import { runAt, silent } from "./agents-rig.ts";
import { FakeIo } from "./fake-io.ts";
import { runCli } from "./run-cli.ts";

let agents: readonly Agent[] = [];
let folder = "";
const VOTERS = ["p1", "p2"];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-ledger-"));
  const transport = memoryNetwork();
  const started: Agent[] = [];
  for (const name of VOTERS) {
    const join = started.slice(0, 1).map(({ node }) => node.address);
    const orderer = raft({ voters: VOTERS, storage: "memory" });
    const node = { name, transport, bind: "127.0.0.1:0", join, orderer } as const;
    started.push(await runAgent({ node, admin: "127.0.0.1:0", logger: silent }));
  }
  agents = started;
  await Promise.all(agents.map(({ node }) => node.order.ready()));
  await Promise.all(agents.map(({ node }) => node.ledger("audit").ready()));
});

afterAll(async () => {
  for (const agent of agents) await agent.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ledger(...args: readonly string[]) {
  const [agent] = agents;
  if (agent === undefined) throw new Error("no agent");
  return await runAt(agent, ["ledger", ...args]);
}

/** Needs no agent. */
async function offline(...args: readonly string[]) {
  const io = new FakeIo();
  const code = await runCli(["ledger", ...args], io);
  return { code, out: io.stdout, err: io.stderr };
}

test("entries are appended, shown, exported, proven and verified", async () => {
  for (const value of ["first", '{"to":"bob"}']) {
    expect((await ledger("append", "audit", value)).out).toMatch(
      /^entry \d, final in block \d+\n$/,
    );
  }
  const shown = await ledger("show", "audit");
  expect(shown.out).toMatch(/^audit: running, \d+ blocks, 2 entries\nchain [0-9a-f]{64}\n/);
  const { chainId, head, height } = JSON.parse((await ledger("show", "audit", "--json")).out);
  const block = await ledger("show", "audit", String(height - 1));
  expect(block.out).toContain(`hash ${head}`);
  expect(block.out).toContain('{"to":"bob"}');
  expect((await ledger("show", "audit", head)).out).toBe(block.out);
  expect((await ledger("show", "audit", "999")).code).toBe(1);

  const file = join(folder, "audit.ndjson");
  writeFileSync(file, (await ledger("export", "audit")).out);
  const verified = await offline("verify", file, "--chain", chainId);
  expect(verified).toMatchObject({ code: 0, err: "" });
  expect(verified.out).toBe(`OK blocks=${height} events=3 head=${head} chain=${chainId}\n`);

  const proof = join(folder, "proof.json");
  writeFileSync(proof, (await ledger("prove", "audit", "2")).out);
  const checked = await offline("check-proof", proof, "--chain", chainId);
  expect(checked.code).toBe(0);
  expect(checked.out).toMatch(/^OK entry=2 block=\d+ from=p1\n\{"to":"bob"\}\n$/);
  expect((await offline("check-proof", proof, "--chain", "0".repeat(64))).code).toBe(1);
});

test("an export is imported, and comes to the same head; a changed one is refused", async () => {
  const file = join(folder, "whole.ndjson");
  const good = (await ledger("export", "audit")).out;
  writeFileSync(file, good);
  const { chainId, head, height } = JSON.parse((await ledger("show", "audit", "--json")).out);
  const dataDir = join(folder, "newcomer");
  const imported = await offline("import", file, dataDir, "--chain", chainId);
  expect(imported).toMatchObject({ code: 0, err: "" });
  expect(imported.out).toMatch(`head=${head} chain=${chainId}\naudit: ${height} new blocks\n`);
  expect((await offline("import", file, dataDir)).out).toContain("audit: 0 new blocks");
  const kept = await offline("verify", join(dataDir, "ledgers", "audit"), "--chain", chainId);
  expect(kept.out).toMatch(`OK blocks=${height} events=`);
  writeFileSync(file, good.replace("A", "B"));
  const refused = await offline("import", file, join(folder, "nowhere"));
  expect(refused.code).toBe(1);
  expect(refused.out).toMatch(/^E_[A-Z_]+ at block 0: /);
  expect((await offline("import", file)).code).toBe(2);
  expect((await offline("import", join(folder, "none"), dataDir)).code).toBe(4);
});

test("two final blocks of one number end with 3", async () => {
  const file = join(folder, "forked.ndjson");
  const [one, other] = [1, 2].map((count) => {
    const rig = new LedgerRig([1, 2].map(signerNumber));
    rig.grow(count);
    return rig.blocks.map((block) => `${exportLine(crypt, block)}\n`);
  });
  writeFileSync(file, [...(one ?? []), other?.[1] ?? ""].join(""));
  const forked = await offline("verify", file);
  expect(forked.code).toBe(3);
  expect(forked.out).toMatch(/^FORK .*two final blocks 1/);
  expect((await offline("import", file, join(folder, "nowhere"))).code).toBe(3);
});

test("each way in which a file can be wrong has its exit code", async () => {
  const file = join(folder, "copy.ndjson");
  const good = (await ledger("export", "audit")).out;
  const codeOf = async (content: string, ...args: readonly string[]): Promise<number> => {
    writeFileSync(file, content);
    return (await offline("verify", file, ...args)).code;
  };
  expect(await codeOf(good)).toBe(0);
  expect(await codeOf(good, "--chain", "0".repeat(64))).toBe(1);
  expect(await codeOf(good.replace("A", "B"))).toBe(1);
  expect(await codeOf(good, "--chain", "zz")).toBe(2);
  expect(await codeOf(good, "--nothing")).toBe(2);
  expect((await offline("verify", join(folder, "none"))).code).toBe(4);
  expect(await codeOf(good.slice(0, -1))).toBe(5);
  expect((await offline("burn", file)).code).toBe(2);
  const json = await offline("verify", file, "--json");
  expect(JSON.parse(json.out)).toMatchObject({ status: "incomplete" });
});
