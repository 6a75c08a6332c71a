import type { HeldLock } from "./locks.api.ts";

export interface HeldPorts {
  readonly isHeld: () => boolean;
  readonly remainingMs: () => number;
  /** `onReleased` comes on `OwnLock.end`. */
  readonly release: () => void;
}

/** A lock of this node, from when it was got until it is gone. */
export class OwnLock implements HeldLock {
  readonly name: string;
  readonly token: number;
  readonly lost: Promise<void>;
  private readonly ports: HeldPorts;
  private readonly controller = new AbortController();
  private readonly released: Promise<void>;
  private state: "held" | "leaving" | "over" = "held";
  private tellLost: () => void = () => {};
  private tellReleased: () => void = () => {};

  constructor(name: string, token: number, ports: HeldPorts) {
    this.name = name;
    this.token = token;
    this.ports = ports;
    this.lost = new Promise((resolve) => {
      this.tellLost = resolve;
    });
    this.released = new Promise((resolve) => {
      this.tellReleased = resolve;
    });
  }

  get isHeld(): boolean {
    return this.state === "held" && this.ports.isHeld();
  }

  get remainingMs(): number {
    return this.isHeld ? this.ports.remainingMs() : 0;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  async release(): Promise<void> {
    if (this.state === "held") {
      this.state = "leaving";
      this.controller.abort();
      this.ports.release();
    }
    await this.released;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** It is gone, and that is certain. Not within a step: it calls its user. */
  end(why: "lost" | "released"): void {
    if (this.state === "over") return;
    const wasHeld = this.state === "held";
    this.state = "over";
    this.tellReleased();
    if (why === "lost" && wasHeld) this.tellLost();
    this.controller.abort();
  }
}
