import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Ask } from "./server.ts";

const program = fileURLToPath(new URL("server.ts", import.meta.url));
export const NAMES = ["p1", "p2", "p3"];

/** One place of the bank, over all the lives of its process. */
export class Branch {
  readonly name: string;
  address = "";
  private readonly dataDir: string;
  private child: ChildProcess | undefined;
  private readonly asked = new Map<number, (answer: Answer) => void>();
  private nextId = 1;

  constructor(name: string, dataDir: string) {
    this.name = name;
    this.dataDir = dataDir;
  }

  /** Resolves when its node listens. */
  start(seeds: readonly string[]): Promise<void> {
    const args = [this.name, this.dataDir, NAMES.join(","), seeds.join(",")];
    const child = fork(program, args, { execArgv: ["--import", "tsx"] });
    this.child = child;
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () => {
        reject(new Error(`${this.name} ended`));
        for (const [id, end] of [...this.asked]) end({ id, error: "killed" });
      });
      child.on("message", (answer: Answer) => {
        if (answer.id !== 0) return this.asked.get(answer.id)?.(answer);
        this.address = String(answer.value);
        resolve();
      });
    });
  }

  /** SIGKILL: the process can do nothing about it. */
  kill(): Promise<void> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
    });
  }

  /** @throws Error when it refuses, or is killed before it has answered */
  ask<T>(ask: Omit<Ask, "id">): Promise<T> {
    const id = this.nextId;
    this.nextId += 1;
    return new Promise((resolve, reject) => {
      this.asked.set(id, ({ error, value }) => {
        this.asked.delete(id);
        if (error === undefined) resolve(value as T);
        else reject(new Error(error));
      });
      if (this.child?.connected !== true) return this.asked.get(id)?.({ id, error: "killed" });
      this.child.send({ ...ask, id }, (error) => {
        if (error !== null) this.asked.get(id)?.({ id, error: "killed" });
      });
    });
  }
}
