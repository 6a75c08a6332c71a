/** A group of order in processes of its own: killed, restarted, robbed of a disk. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import type { OrderStatus } from "../../src/index.ts";
import { until as untilSo } from "./hearsay-process.ts";
import type { Answer, Ask } from "./order-process.ts";

const program = fileURLToPath(new URL("order-process.ts", import.meta.url));
const VOTERS = ["p1", "p2", "p3"];

/** One life of a node. */
class Member {
  readonly name: string;
  address = "";
  private readonly child: ChildProcess;
  private readonly asked = new Map<number, (answer: Answer) => void>();
  private nextId = 1;
  private readonly isUp: Promise<void>;

  constructor(name: string, dataDir: string, seeds: readonly string[]) {
    this.name = name;
    const args = ["--import", "tsx", program, name, dataDir, VOTERS.join(","), seeds.join(",")];
    this.child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.isUp = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("exit", (code) => reject(new Error(`${name} ended with ${code}`)));
      this.child.on("message", (answer: Answer) => {
        if (answer.id === 0) {
          this.address = String(answer.value);
          resolve();
        } else this.asked.get(answer.id)?.(answer);
      });
    });
    this.child.on("close", () => {
      for (const end of this.asked.values()) end({ id: 0, value: "killed", code: "KILLED" });
    });
  }

  async up(): Promise<this> {
    await this.isUp;
    return this;
  }

  ask(what: Ask["what"], word = ""): Promise<Answer> {
    const id = this.nextId;
    this.nextId += 1;
    return new Promise((resolve) => {
      this.asked.set(id, (answer) => {
        this.asked.delete(id);
        resolve(answer);
      });
      if (this.child.connected) this.child.send({ id, what, word });
      else this.asked.get(id)?.({ id, value: "killed", code: "KILLED" });
    });
  }

  async status(): Promise<OrderStatus> {
    return (await this.ask("status")).value as OrderStatus;
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = new Promise((resolve) => this.child.once("close", resolve));
    this.child.kill("SIGKILL");
    await closed;
  }
}

const members = new Map<string, Member>();
let folder = "";

afterEach(async () => {
  for (const member of members.values()) await member.kill();
  members.clear();
  rmSync(folder, { recursive: true, force: true });
});

const dirOf = (name: string): string => join(folder, name);

async function start(name: string): Promise<Member> {
  const seeds = [...members.values()].filter((one) => one.name !== name).map((one) => one.address);
  const member = new Member(name, dirOf(name), seeds);
  members.set(name, member);
  return member.up();
}

const of = (name: string): Member => {
  const found = members.get(name);
  if (found === undefined) throw new Error(name);
  return found;
};

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  let all: readonly OrderStatus[] = [];
  await untilSo(
    () => `${what}; ${JSON.stringify(all)}`,
    async () => {
      if (await holds()) return true;
      all = await Promise.all([...members.values()].map((one) => one.status()));
      return false;
    },
  );
}

async function leader(among: readonly string[] = VOTERS): Promise<string> {
  let found = "";
  await until("a leader", async () => {
    for (const name of among) {
      const { isLeader } = await of(name).status();
      if (isLeader === true) found = name;
    }
    return found !== "";
  });
  return found;
}

/** Appends until it is told; what was uncertain stands there once, or not at all. */
class Writer {
  readonly certain: string[] = [];
  readonly uncertain: string[] = [];
  private nextNumber = 1;

  async append(name: string): Promise<boolean> {
    const word = `${name}/${this.nextNumber}`;
    this.nextNumber += 1;
    const { code } = await of(name).ask("append", word);
    if (code === undefined) this.certain.push(word);
    else if (code !== "ORDER_REFUSED") this.uncertain.push(word);
    return code === undefined;
  }

  async many(names: readonly string[], each: number): Promise<void> {
    for (let round = 0; round < each; round += 1) {
      await Promise.all(names.map((name) => this.append(name)));
    }
  }

  /** Some of it certain, however long that takes. */
  async someCertain(name: string): Promise<void> {
    await until(`an append of ${name}`, () => this.append(name));
  }
}

async function agree(names: readonly string[], { certain, uncertain }: Writer): Promise<void> {
  let lists: string[][] = [];
  await until("all to be told the same", async () => {
    for (const name of names) await of(name).ask("read");
    const answers = await Promise.all(names.map((name) => of(name).ask("told")));
    lists = answers.map(({ value }) => value as string[]);
    const texts = new Set(lists.map((list) => list.join("\n")));
    return texts.size === 1;
  });
  const words = (lists[0] ?? []).map((line) => line.split(" ")[1] ?? "");
  expect(new Set(words).size).toBe(words.length);
  for (const word of certain) expect(words).toContain(word);
  for (const word of words) expect([...certain, ...uncertain]).toContain(word);
  expect((lists[0] ?? []).map((line) => Number(line.split(" ")[0]))).toEqual(
    words.map((_, at) => at + 1),
  );
}

test("a group of three voters and two learners agrees, whatever is killed", async () => {
  folder = mkdtempSync(join(tmpdir(), "hearsay-order-"));
  const writer = new Writer();
  const all = [...VOTERS, "p4", "p5"];
  for (const name of all) await start(name);
  await until("two learners", async () => (await of("p1").status()).learners.length === 2);
  await writer.many(all, 5);

  // The leader is killed while others write, and comes back with its disk.
  const first = await leader();
  const rest = all.filter((name) => name !== first);
  const writing = writer.many(rest, 10);
  await of(first).kill();
  await writing;
  await writer.someCertain(rest[0] ?? "");
  expect(await leader(VOTERS.filter((name) => name !== first))).not.toBe(first);
  await start(first);
  await agree(all, writer);

  // A majority of the voters is killed: nothing is promised until it is back.
  const [one = "", two = ""] = VOTERS;
  await Promise.all([of(one).kill(), of(two).kill()]);
  expect(await writer.append("p4")).toBe(false);
  await start(one);
  await start(two);
  await writer.someCertain("p4");
  await agree(all, writer);

  // A voter whose disk is gone is refused, and comes back as a learner once it is removed.
  const lost = VOTERS.find((name) => name !== first) ?? "";
  await of(lost).kill();
  rmSync(dirOf(lost), { recursive: true });
  await start(lost);
  await until("the loss", async () => (await of(lost).status()).state === "lost");
  expect(await of(lost).ask("append", "never")).toMatchObject({ code: "RAFT_STATE_LOST" });
  const others = VOTERS.filter((name) => name !== lost);
  await until("a removal", async () => {
    const leading = of(await leader(others));
    await leading.ask("remove", lost);
    return !(await leading.status()).voters.includes(lost);
  });
  await of(lost).kill();
  rmSync(dirOf(lost), { recursive: true });
  await start(lost);
  await until("a learner", async () => (await of(lost).status()).role === "learner");
  await until("a promotion", async () => {
    return (await of(await leader(others)).ask("promote", lost)).code === undefined;
  });
  await until("a voter", async () => (await of(lost).status()).role === "voter");
  await writer.many(all, 3);
  await agree(all, writer);
  expect(writer.certain.length).toBeGreaterThan(50);
}, 300_000);
