import type { Context, Hono } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { HearsayError } from "../../core/errors.ts";
import type { HearsayNode, HeldLock } from "../../node/api.ts";
import * as requests from "../admin.requests.ts";
import type { AdminContext } from "../admin-app.ts";
import type { HoldNotice, LocksAnswer } from "./locks.messages.ts";

/** How often a stream says that all is as it was. [because: a lease is several of them] */
const SAID_AGAIN_MS = 1_000;

/** The routes of locks: who has them, and holding one for a client as long as it listens. */
export function addLockRoutes(app: Hono, { node, numbers }: AdminContext): void {
  const holds = new Holds(node, numbers.watchClientsMaxCount);
  app.get("/v1/locks", async (context) => {
    const answer: LocksAnswer = { node: node.name, locks: node.locks() };
    return context.json(answer);
  });
  app.get("/v1/locks/hold", (context) => holds.answer(context));
}

/** Locks held for clients. */
class Holds {
  private readonly node: HearsayNode;
  private readonly maxCount: number;
  private count = 0;

  constructor(node: HearsayNode, maxCount: number) {
    this.node = node;
    this.maxCount = maxCount;
  }

  /** @throws HearsayError ADMIN_BUSY, ADMIN_BAD_REQUEST, CONFIG_OPTION */
  answer(context: Context): Response {
    const { mode, name, waitMs } = requests.parseBody(requests.lockHold, context.req.query());
    const lock = this.node.lock(name);
    if (this.count >= this.maxCount) {
      throw new HearsayError("ADMIN_BUSY", `${this.count} clients hold or want locks; end one.`);
    }
    this.count += 1;
    const gone = new AbortController();
    const options = { signal: gone.signal, ...(waitMs === undefined ? {} : { timeoutMs: waitMs }) };
    return streamSSE(context, async (stream) => {
      stream.onAbort(() => gone.abort());
      const repeating = setInterval(() => void say(stream, { kind: "waiting" }), SAID_AGAIN_MS);
      try {
        const asked = mode === "try" ? lock.tryAcquire(options) : lock.acquire(options);
        const held = await asked;
        clearInterval(repeating);
        if (held === undefined) await say(stream, { kind: "busy" });
        else await hold(stream, held, gone.signal);
      } catch (error) {
        if (!gone.signal.aborted) await say(stream, failureNotice(error));
      } finally {
        clearInterval(repeating);
        this.count -= 1;
      }
    });
  }
}

/** Until the client is gone, or the lock is. */
async function hold(stream: SSEStreamingApi, held: HeldLock, gone: AbortSignal): Promise<void> {
  const { name, token } = held;
  while (!gone.aborted && held.isHeld) {
    await say(stream, { kind: "held", name, token, remainingMs: Math.floor(held.remainingMs) });
    await either(SAID_AGAIN_MS, [gone, held.signal]);
  }
  if (gone.aborted) await held.release();
  else await say(stream, { kind: "lost", token });
}

function failureNotice(error: unknown): HoldNotice {
  const code = error instanceof HearsayError ? error.code : "AGENT_FAILED";
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "failed", code, message };
}

async function say(stream: SSEStreamingApi, notice: HoldNotice): Promise<void> {
  await stream.write(`event: ${notice.kind}\ndata: ${JSON.stringify(notice)}\n\n`);
}

/** Resolves when a signal is aborted, or after a while. */
function either(delayMs: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    for (const signal of signals) signal.addEventListener("abort", end);
    if (signals.some(({ aborted }) => aborted)) end();
  });
}
