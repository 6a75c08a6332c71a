import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import type { Address } from "../../core/address.ts";
import { HearsayError } from "../../core/errors.ts";
import type { PacketDoor, PacketReceiver } from "../../transport/udp-tcp/packet-door.ts";
import { BatchMaker, forEachPacket } from "./packet-batch.ts";
import type { FromThread, ThreadStart, ToThread } from "./responder.messages.ts";
import type { SharedMarks } from "./shared-marks.ts";

/** A thread needs little; what needs more has gone wrong, and ends without the node. */
const THREAD_HEAP_MAX_MB = 96;

const queueFull = new Error("the responder does not take packets fast enough; packet dropped");

export interface ThreadDoorParts {
  readonly start: ThreadStart;
  readonly marks: SharedMarks;
  readonly receiver: PacketReceiver;
  /** Takes over when the thread has ended by itself. */
  makeFallback(): PacketDoor;
  onCounts(counts: Readonly<Record<string, number>>): void;
  /** The thread is gone, and what it did is done here from now on; or cannot be. */
  onLost(error: Error, mended: "mended" | "broken"): void;
}

/** The UDP half of a node whose socket belongs to a thread of its own. */
export class ThreadDoor implements PacketDoor {
  private readonly parts: ThreadDoorParts;
  private readonly worker: Worker;
  private readonly ended: Promise<void>;
  private readonly outgoing = new BatchMaker();
  private address: Address | undefined;
  private postedBytes = 0;
  private isClosing = false;
  private fallback: PacketDoor | undefined;
  private failure: Error | undefined;
  private onBound: ((failure: Error | undefined) => void) | undefined;

  constructor(parts: ThreadDoorParts) {
    this.parts = parts;
    this.worker = makeWorker(parts.start);
    this.worker.on("message", (message: FromThread) => this.onMessage(message));
    this.worker.on("error", (error) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
    this.ended = new Promise((resolve) => {
      this.worker.once("exit", () => {
        resolve();
        this.onExit();
      });
    });
  }

  async bind(address: Address): Promise<void> {
    const { threadMaxMs } = this.parts.start.options;
    const failure = await new Promise<Error | undefined>((resolve) => {
      const tooLate = (): void => resolve(notBegun(new Error("it takes too long")));
      const inTime = setTimeout(tooLate, threadMaxMs);
      this.onBound = (error) => {
        clearTimeout(inTime);
        resolve(error);
      };
      this.post({ kind: "bind", address });
    });
    this.onBound = undefined;
    if (failure !== undefined) throw failure;
    this.address = address;
  }

  post(message: ToThread): void {
    if (!this.isClosing && this.fallback === undefined) this.worker.postMessage(message);
  }

  send(to: Address, bytes: Uint8Array): void {
    if (this.fallback !== undefined) return this.fallback.send(to, bytes);
    const { marks, receiver, start } = this.parts;
    const waitingBytes = this.postedBytes - marks.sentBytes + this.outgoing.byteLength;
    if (waitingBytes > start.options.backlogMaxBytes) {
      return receiver.onTransportError("udp send", queueFull);
    }
    if (this.outgoing.size === 0) queueMicrotask(() => this.flush());
    this.outgoing.add(to, bytes);
  }

  async close(): Promise<void> {
    if (this.fallback !== undefined) return this.fallback.close();
    this.flush();
    this.post({ kind: "close" });
    this.isClosing = true;
    const cancel = new AbortController();
    const tooLate = sleep(this.parts.start.options.threadMaxMs, undefined, cancel).then(
      () => this.worker.terminate(),
      () => {},
    );
    await this.ended;
    cancel.abort();
    await tooLate;
  }

  private flush(): void {
    if (this.outgoing.size === 0) return;
    this.postedBytes += this.outgoing.byteLength;
    const batch = this.outgoing.take();
    if (this.fallback === undefined) this.post({ kind: "packets", batch });
    else forEachPacket(batch, (to, bytes) => this.fallback?.send(to, bytes));
  }

  private onMessage(message: FromThread): void {
    switch (message.kind) {
      case "bound":
        return this.onBound?.(undefined);
      case "bindFailed":
        return this.onBound?.(Object.assign(new Error(message.message), { code: message.code }));
      case "packets":
        forEachPacket(message.batch, (from, bytes) => {
          this.parts.marks.countTaken();
          if (!this.isClosing) this.parts.receiver.onPacket(from, bytes);
        });
        return this.post({ kind: "taken" });
      case "error":
        return this.parts.receiver.onTransportError(message.where, new Error(message.message));
      case "counts":
        return this.parts.onCounts(message.counts);
    }
  }

  /** The address is free again: this thread listens itself, rather than be deaf. */
  private onExit(): void {
    const failure = this.failure ?? new Error("the thread ended by itself");
    this.onBound?.(notBegun(failure));
    const { address } = this;
    if (this.isClosing || address === undefined) return;
    const fallback = this.parts.makeFallback();
    this.fallback = fallback;
    fallback.bind(address).then(
      () => this.parts.onLost(failure, "mended"),
      () => this.parts.onLost(failure, "broken"),
    );
  }
}

/** Thrown as it is, for it says more than that the address cannot be had. */
function notBegun(error: unknown): HearsayError {
  const { message } = error instanceof Error ? error : new Error(String(error));
  const fixes =
    "a bundle needs thread-entry.js beside it (docs/how-to/bundle-an-app.md); " +
    "--permission wants --allow-worker";
  const what = `responder: "worker" needs a thread, which does not begin: ${message}`;
  return new HearsayError("CONFIG_OPTION", `${what}; ${fixes}`, { cause: error });
}

function makeWorker(start: ThreadStart): Worker {
  try {
    return startWorker(start);
  } catch (error) {
    throw notBegun(error);
  }
}

function startWorker(start: ThreadStart): Worker {
  const common = {
    name: "hearsay responder",
    workerData: start,
    // Flags of the main thread, an inspector's port for one, are not for this one.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: THREAD_HEAP_MAX_MB },
  };
  const here = import.meta.url;
  // Bundlers leave it empty in CommonJS.
  if (!URL.canParse(here)) throw new Error("a bundle in CommonJS does not tell its place");
  if (!here.endsWith(".ts")) return new Worker(new URL("./thread-entry.js", here), common);
  // From the sources, as tests run: the thread needs what this process reads TypeScript with.
  const entry = new URL("./thread-entry.ts", here).href;
  const reader = pathToFileURL(createRequire(here).resolve("tsx/esm/api").replace(/cjs$/, "mjs"));
  const register = `import(${JSON.stringify(reader.href)}).then(({ register }) => register())`;
  const begin = `${register}.then(() => import(${JSON.stringify(entry)}));`;
  return new Worker(begin, { ...common, eval: true });
}
