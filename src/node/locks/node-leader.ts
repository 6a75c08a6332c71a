import type { LockRow } from "../../data/locks/locks.messages.ts";
import type { SubscribeOptions, WaitOptions } from "../api.ts";
import { callListener } from "../call-listener.ts";
import { Readers } from "../faces/readers.ts";
import type { NodePorts } from "../node-ports.ts";
import type { MessageQueue } from "../topics/subscription.ts";
import { waitFor } from "../waits.ts";
import type { OwnLock } from "./held-lock.ts";
import type { HeldLock, Leader, LeaderEvent, Leadership } from "./locks.api.ts";

export interface LeaderPorts extends NodePorts {
  readonly enders: Set<(error: Error) => void>;
  acquire(options: WaitOptions): Promise<OwnLock>;
  row(): LockRow | undefined;
}

/** How long after a refusal this node stands again. [because: others come and go meanwhile] */
const STAND_AGAIN_MS = 1_000;

type Listener = (event: LeaderEvent) => void;

/** `node.leader(name)`: this node as a candidate, and what it knows of the others. */
export class NodeLeader implements Leader {
  readonly name: string;
  private readonly ports: LeaderPorts;
  private readonly readers: Readers<LeaderEvent>;
  private readonly listeners = new Set<Listener>();
  private readonly waiting = new Set<(term: OwnLock) => void>();
  /** Of this candidacy; undefined while this node does not stand. */
  private standing: AbortController | undefined;
  private own: OwnLock | undefined;
  private told: Leadership | undefined;

  constructor(name: string, ports: LeaderPorts) {
    this.name = name;
    this.ports = ports;
    this.readers = new Readers(() => ports.onDropped());
    this.told = this.current;
  }

  get current(): Leadership | undefined {
    const row = this.ports.row();
    return row && Object.freeze({ leader: row.holder, token: row.token });
  }

  get isLeader(): boolean {
    return this.own?.isHeld === true;
  }

  get term(): HeldLock | undefined {
    return this.isLeader ? this.own : undefined;
  }

  elected(options: WaitOptions = {}): Promise<HeldLock> {
    this.ports.checkRunning();
    const { enders, timers } = this.ports;
    return waitFor<HeldLock>({
      ...options,
      timers,
      enders,
      what: `this node to lead ${this.name}`,
      begin: ({ resolve }) => {
        const look = (term: OwnLock): void => resolve(term);
        this.waiting.add(look);
        if (this.own?.isHeld === true) resolve(this.own);
        return () => this.waiting.delete(look);
      },
    });
  }

  events(options: SubscribeOptions = {}): MessageQueue<LeaderEvent> {
    return this.readers.open(options);
  }

  [Symbol.asyncIterator](): AsyncIterator<LeaderEvent> {
    return this.events()[Symbol.asyncIterator]();
  }

  on(listener: Listener): () => void {
    const own: Listener = (event) => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  async resign(): Promise<void> {
    await this.own?.release();
  }

  async withdraw(): Promise<void> {
    this.standing?.abort();
    this.standing = undefined;
    await this.own?.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.withdraw();
  }

  /** This node is a candidate from now on, until it withdraws or `signal` is aborted. */
  stand(signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) return;
    signal?.addEventListener("abort", () => void this.withdraw(), { once: true });
    if (this.standing !== undefined) return;
    const standing = new AbortController();
    this.standing = standing;
    void this.campaign(standing.signal);
  }

  /** Somebody else may have the office now. */
  onRow(): void {
    const { current, ports, told } = this;
    if (current?.token === told?.token) return;
    this.told = current;
    const { leader, token } = current ?? {};
    const event = { kind: "changed", leader, token, at: ports.wallClock() } as const;
    ports.afterStep(() => this.tell(Object.freeze(event)));
  }

  close(): void {
    this.standing?.abort();
    this.readers.close();
    this.listeners.clear();
  }

  private async campaign(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      let term: OwnLock;
      try {
        term = await this.ports.acquire({ signal });
      } catch {
        if (signal.aborted || !(await this.isGoingOn())) return;
        continue;
      }
      // It may have withdrawn just as it was elected. A node that ends is no candidate any more.
      if (signal.aborted) await term.release().catch(() => {});
      else await this.serve(term);
    }
  }

  /** Until the office is gone. */
  private async serve(term: OwnLock): Promise<void> {
    this.own = term;
    const over = new Promise<void>((resolve) => {
      if (term.signal.aborted) resolve();
      else term.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.tell(Object.freeze({ kind: "elected", term, at: this.ports.wallClock() }));
    for (const look of [...this.waiting]) look(term);
    await over;
    this.own = undefined;
    const at = this.ports.wallClock();
    this.tell(Object.freeze({ kind: "lost", token: term.token, at }));
  }

  /** Whether, after a pause, this node is still there to stand. */
  private async isGoingOn(): Promise<boolean> {
    const { enders, timers } = this.ports;
    try {
      this.ports.checkRunning();
      await waitFor<void>({
        timers,
        enders,
        what: "the next candidacy",
        begin: ({ resolve }) => {
          const timer = timers.startTimer(resolve, STAND_AGAIN_MS);
          return () => timers.stopTimer(timer);
        },
      });
      return true;
    } catch {
      return false;
    }
  }

  private tell(event: LeaderEvent): void {
    this.readers.push(event);
    for (const listener of [...this.listeners]) {
      callListener(listener, event, (error) =>
        this.ports.onCallbackError(`a listener of the leader of ${this.name}`, error),
      );
    }
  }
}
