import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Order } from "./worker.ts";

const broadcastWorker = new URL("./worker.ts", import.meta.url);
const ORDER_MAX_MS = 120_000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One process of a lane, as its parent sees it. */
export class WorkerProcess<Asked extends { readonly do: string } = Order> {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;

  constructor(program = broadcastWorker) {
    const execArgv = ["--import", "tsx"];
    this.child = fork(fileURLToPath(program), [], {
      execArgv,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.child.on("message", (reply: { id: number; answer?: unknown; error?: string }) => {
      const waiting = this.waiting.get(reply.id);
      this.waiting.delete(reply.id);
      if (reply.error === undefined) waiting?.resolve(reply.answer);
      else waiting?.reject(new Error(reply.error));
    });
    this.child.once("exit", () => {
      for (const { reject } of this.waiting.values()) reject(new Error("the worker ended"));
    });
  }

  async ask<Answer>(order: Asked): Promise<Answer> {
    this.lastId += 1;
    const id = this.lastId;
    const limit = AbortSignal.timeout(ORDER_MAX_MS);
    return new Promise<Answer>((resolve, reject) => {
      limit.onabort = () => reject(new Error(`${order.do}: no answer in ${ORDER_MAX_MS} ms`));
      const settled = { reject, resolve: (answer: unknown) => resolve(answer as Answer) };
      this.waiting.set(id, settled);
      this.child.send({ id, order });
    });
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}
