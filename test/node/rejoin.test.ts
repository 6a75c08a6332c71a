/** Real nodes that come back: from their data directory, and at another address. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { memoryNetwork } from "../../src/transport/memory/memory.ts";
import { Cluster, until } from "./cluster.ts";

let cluster = new Cluster();
let root = "";
beforeEach(() => {
  cluster = new Cluster(memoryNetwork());
  root = mkdtempSync(join(tmpdir(), "hearsay-rejoin-"));
});
afterEach(async () => {
  await cluster.stop();
  rmSync(root, { recursive: true, force: true });
});

const reconnect = { aloneIntervalMs: 100, saveIntervalMs: 100 };
const sees = (node: HearsayNode, name: string): boolean =>
  node.members.get(name)?.status === "alive";

test("a node finds the others from its data directory, told nothing", async () => {
  const first = await cluster.start({ name: "p1", reconnect });
  const dataDir = join(root, "p2");
  const options = { name: "p2", dataDir, reconnect };
  const second = await cluster.start({ ...options, join: [first.address], joinMin: 1 });
  const bind = second.address;
  await until("p1 to see p2", () => sees(first, "p2"));
  await second.stop();
  expect(readFileSync(join(dataDir, "members.json"), "utf8")).toContain(first.address);
  const again = await cluster.start({ ...options, bind });
  await until("p2 to see p1", () => sees(again, "p1"));
  await until("p1 to see p2 again", () => sees(first, "p2"));
});

test("also after it said goodbye", async () => {
  const first = await cluster.start({ name: "p1", reconnect });
  const options = { name: "p2", dataDir: join(root, "p2"), reconnect };
  const second = await cluster.start({ ...options, join: [first.address], joinMin: 1 });
  await until("p1 to see p2", () => sees(first, "p2"));
  await second.leave();
  const again = await cluster.start(options);
  await until("p2 to see p1", () => sees(again, "p1"));
});

test("a damaged file of members costs a warning, one of a newer release the start", async () => {
  const dataDir = join(root, "p1");
  const first = await cluster.start({ name: "p1", dataDir });
  await first.stop();
  const file = join(dataDir, "members.json");
  writeFileSync(file, "00000000\n{}\n");
  const second = await cluster.start({ name: "p1", dataDir });
  expect(cluster.log.some(({ message }) => /members\.json is damaged/.test(message))).toBe(true);
  await second.stop();
  const body = '{"format":99}';
  const { crc32 } = await import("node:zlib");
  writeFileSync(file, `${crc32(body).toString(16).padStart(8, "0")}\n${body}\n`);
  const newer = cluster.start({ name: "p1", dataDir });
  await expect(newer).rejects.toMatchObject({ code: "DATA_DIR" });
});

test.each(["serf", "memberlist"] as const)(
  "killed and started at once on another port, a node is in under its name again (%s)",
  async (wire) => {
    const nodes = await cluster.form(3, { wire });
    const [first, , third] = nodes;
    if (first === undefined || third === undefined) throw new Error("not started");
    await third.stop();
    const back = await cluster.start({ name: "p3", wire, join: [first.address] });
    expect(back.address).not.toBe(third.address);
    const isBack = () => {
      const member = first.members.get("p3");
      return member?.status === "alive" && member.address === back.address;
    };
    await until("p3 to be back", isBack);
    await until("p3 to see p2", () => sees(back, "p2"));
    expect(back.metrics()["succession.silent"]).toBeGreaterThan(0);
  },
);

test("an address of join is tried again when nobody is left there", async () => {
  const seed = await cluster.start({ name: "seed" });
  const bind = seed.address;
  const eager = { ...reconnect, intervalMs: 200, retryMinMs: 100 };
  const node = await cluster.start({ name: "n", join: [bind], joinMin: 1, reconnect: eager });
  await until("the seed", () => sees(node, "seed"));
  // It leaves, which nobody would look for; but it is where the user said that others are.
  await seed.leave();
  const other = await cluster.start({ name: "other", bind });
  await until("the newcomer at the seed's address", () => sees(node, "other"));
  await until("the other to see it", () => sees(other, "n"));
});
