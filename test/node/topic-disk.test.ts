/** Topics with a past on real sockets and real disks. */
import fs, { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { HearsayNode } from "../../src/index.ts";
import { Cluster, until } from "./cluster.ts";

const root = mkdtempSync(join(tmpdir(), "hearsay-topic-disk-"));
const cluster = new Cluster();
const antiEntropy = { roundIntervalMs: 50 };

afterEach(async () => {
  await cluster.stop();
  rmSync(root, { recursive: true, force: true });
});

function hears(node: HearsayNode): unknown[] {
  const heard: unknown[] = [];
  node.topic("Commit", { history: {} }).subscribe(({ value }) => heard.push(value), {
    from: "start",
  });
  return heard;
}

test("a node that was away is brought what it missed, small and large, once", async () => {
  const dataDir = join(root, "p2");
  const first = await cluster.start({ name: "p1", antiEntropy });
  const join2 = { name: "p2", dataDir, antiEntropy, join: [first.address], joinMin: 1 };
  const second = await cluster.start(join2);
  const commits = first.topic("Commit", { history: {} });
  const before = hears(second);
  const large = "x".repeat(60_000);
  expect(await commits.publish("small")).toMatchObject({ durable: false });
  await commits.publish(large);
  await until("both to arrive", () => before.length === 2);
  const own = await second.topic("Commit", { history: {} }).publish("own");
  expect(own).toEqual({ dot: { origin: second.origin, seq: 1 }, durable: true });
  await second.stop();
  await commits.publish("missed");
  await commits.publish(`${large}!`);
  const back = await cluster.start(join2);
  expect(back.origin).not.toBe(second.origin);
  const after = hears(back);
  expect(new Set(after.slice(0, 3))).toEqual(new Set(["own", "small", large]));
  await until("what was missed", () => after.length >= 5);
  expect(new Set(after)).toEqual(new Set(["small", large, "own", "missed", `${large}!`]));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(after.length).toBe(5);
});

test("a data directory belongs to one node, until that has stopped", async () => {
  const dataDir = join(root, "shared");
  const owner = await cluster.start({ name: "p1", dataDir });
  const second = cluster.start({ name: "p2", dataDir });
  await expect(second).rejects.toThrow(/DATA_DIR.*in use by another process.*dataDir/);
  await owner.stop();
  const next = await cluster.start({ name: "p2", dataDir });
  expect(next.name).toBe("p2");
});

test("a foreign file in the journal stops a start, which names it and harms nothing", async () => {
  const dataDir = join(root, "foreign");
  const owner = await cluster.start({ name: "p1", dataDir });
  await owner.topic("Commit", { history: {} }).publish(1);
  await owner.stop();
  const folder = join(dataDir, "journal");
  const [segment = ""] = readdirSync(folder);
  writeFileSync(join(folder, segment), "not a journal at all");
  await expect(cluster.start({ name: "p1", dataDir })).rejects.toThrow(segment);
  expect(existsSync(join(folder, segment))).toBe(true);
  // Whoever could not start holds the directory no longer.
  rmSync(folder, { recursive: true });
  expect((await cluster.start({ name: "p1", dataDir })).name).toBe("p1");
});

test("a thousand publishes at once share syncs, and all are durable", async () => {
  const node = await cluster.start({ name: "p1", dataDir: join(root, "many") });
  const topic = node.topic("Commit", { history: {} });
  const written = await Promise.all(Array.from({ length: 1_000 }, (_, at) => topic.publish(at)));
  expect(written.every(({ durable }) => durable)).toBe(true);
  expect(written.map(({ dot }) => dot.seq)).toEqual(
    Array.from({ length: 1_000 }, (_, at) => at + 1),
  );
  await node.stop();
  const back = await cluster.start({ name: "p1", dataDir: join(root, "many") });
  expect(hears(back)).toEqual(Array.from({ length: 1_000 }, (_, at) => at));
});

test("what its own schema refuses to read back is not called durable", async () => {
  const node = await cluster.start({ name: "p1", dataDir: join(root, "refused") });
  const schema = {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (value: unknown) =>
        value instanceof Date ? { value } : { issues: [{ message: "no date" }] },
    },
  };
  const topic = node.topic("Date", { schema, codec: "json", history: {} });
  const rejections: string[] = [];
  topic.onRejected(({ detail }) => rejections.push(detail));
  expect((await topic.publish(new Date())).durable).toBe(false);
  expect(rejections).toEqual(["no date"]);
});

test("nobody hears of a publish, by broadcast or anti-entropy, before it is synced", async () => {
  const first = await cluster.start({ name: "p1", dataDir: join(root, "slow"), antiEntropy });
  const others = { antiEntropy, join: [first.address], joinMin: 1 };
  const heard = hears(await cluster.start({ name: "p2", ...others }));
  const commits = first.topic("Commit", { history: {} });
  await commits.publish("warm");
  await until("the first", () => heard.length === 1);
  const { fdatasync } = fs;
  /** What had been heard when the sync began to end. */
  let heardBefore: unknown[] | undefined;
  const slow = (handle: number, done: fs.NoParamCallback): void => {
    const onDue = (): void => {
      heardBefore ??= [...heard];
      fdatasync(handle, done);
    };
    setTimeout(onDue, 600);
  };
  Object.assign(fs, { fdatasync: slow });
  syncBuiltinESMExports();
  try {
    const published = commits.publish("slow");
    expect((await published).durable).toBe(true);
    expect(heardBefore).toEqual(["warm"]);
    await until("the second", () => heard.length === 2);
  } finally {
    Object.assign(fs, { fdatasync });
    syncBuiltinESMExports();
  }
});
