import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ObjectReads } from "../ordered-objects.ts";
import type { Answer, ProcessSetting, Question } from "./ordering-process.ts";

const program = fileURLToPath(new URL("ordering-process.ts", import.meta.url));
const BORN_MAX_MS = 60_000;

/** One node of the group: its process, and the next one when that was killed. */
export class OrderingProcess {
  readonly setting: ProcessSetting;
  /** What starts a program where this one is to run. */
  private readonly launcher: readonly string[];
  /** Hears what the process says without having been asked. */
  onWord: (answer: Answer) => void = () => {};
  address = "";
  private child: ChildProcess | undefined;
  private ended: Promise<undefined> = Promise.resolve(undefined);
  private readonly asked = new Map<string, (answer: Answer) => void>();
  private lastId = 0;
  private life = 0;

  constructor(setting: ProcessSetting, launcher: readonly string[] = []) {
    this.setting = setting;
    this.launcher = launcher;
  }

  get isRunning(): boolean {
    return this.child !== undefined;
  }

  /** Resolves when the node listens. */
  start(joined: readonly string[]): Promise<void> {
    const bind = this.address === "" ? this.setting.bind : this.address;
    const setting = { ...this.setting, bind, join: joined };
    const command = [...this.launcher, process.execPath, "--import", "tsx", program];
    const [file = "", ...args] = command;
    const child = spawn(file, [...args, JSON.stringify(setting)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.child = child;
    this.ended = once(child, "close").then(() => undefined);
    this.life += 1;
    const { promise, reject, resolve } = withResolvers();
    const timer = setTimeout(() => reject(new Error("it does not start")), BORN_MAX_MS);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const answer: Answer = JSON.parse(line);
      if (answer.id === "address") {
        clearTimeout(timer);
        this.address = String(answer.output);
        resolve();
      } else this.take(answer);
    });
    // It may be killed while it is being asked.
    child.stdin.on("error", () => {});
    child.on("close", (code) => {
      clearTimeout(timer);
      reject(new Error(`it ended with ${code} before it listened`));
    });
    return promise;
  }

  /** undefined: its process was killed before it answered. */
  async ask(question: Question): Promise<Answer | undefined> {
    const { child } = this;
    if (child === undefined) return undefined;
    this.lastId += 1;
    const id = `${this.setting.name}/${this.life}/${this.lastId}`;
    const answer = new Promise<Answer>((resolve) => this.asked.set(id, resolve));
    child.stdin?.write(`${JSON.stringify({ id, ...question })}\n`);
    return Promise.race([answer, this.ended]);
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    child.kill("SIGKILL");
    await this.ended;
    this.asked.clear();
  }

  pause(): void {
    this.child?.kill("SIGSTOP");
  }

  resume(): void {
    this.child?.kill("SIGCONT");
  }

  private take(answer: Answer): void {
    const asked = this.asked.get(answer.id);
    if (asked === undefined) return this.onWord(answer);
    this.asked.delete(answer.id);
    asked(answer);
  }
}

/** Where a process runs; by default on this host, at any port. */
export interface ProcessPlace {
  readonly bind: string;
  readonly launcher: readonly string[];
}

const HERE: ProcessPlace = { bind: "127.0.0.1:0", launcher: [] };

/** Processes of nodes that share an order, with disks; all gone after `end`. */
export class OrderingGroup {
  readonly processes: OrderingProcess[];
  private readonly folder = mkdtempSync(join(tmpdir(), "hearsay-order-"));

  constructor(places: readonly ProcessPlace[], reads: ObjectReads = "ordered") {
    const voters = places.map((_, index) => `p${index + 1}`);
    this.processes = places.map(({ bind, launcher }, index) => {
      const name = voters[index] ?? "";
      const dataDir = join(this.folder, name);
      return new OrderingProcess({ name, voters, dataDir, bind, join: [], reads }, launcher);
    });
  }

  /** So many on this host. */
  static here(count: number, reads: ObjectReads = "ordered"): OrderingGroup {
    return new OrderingGroup(new Array<ProcessPlace>(count).fill(HERE), reads);
  }

  async start(): Promise<void> {
    for (const one of this.processes) await this.restart(one);
  }

  async restart(one: OrderingProcess): Promise<void> {
    const others = this.processes.filter((other) => other !== one && other.address !== "");
    await one.start(others.map(({ address }) => address));
  }

  async end(): Promise<void> {
    for (const one of this.processes) await one.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function withResolvers() {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
