import { HearsayError } from "../../core/errors.ts";
import type { LockMachine } from "../../data/locks/lock-machine.ts";
import type { ClaimRefusal, LockListener } from "../../data/locks/locks.contract.ts";
import type { FencingToken } from "../../data/locks/locks.messages.ts";
import type { WaitOptions } from "../api.ts";
import type { NodePorts } from "../node-ports.ts";
import { refusedError } from "../orderer/order-errors.ts";
import { waitFor } from "../waits.ts";
import { OwnLock } from "./held-lock.ts";

export interface ClaimsPorts extends NodePorts {
  /** Who ends waits when the node stops. */
  readonly enders: Set<(error: Error) => void>;
  /** @throws HearsayError CONFIG_OPTION on a node without an order */
  readonly machine: () => LockMachine;
  /** Who holds the lock of this key has changed. */
  onRow(key: string): void;
}

/** What waits for word of a claim. */
interface Claim {
  readonly key: string;
  readonly onHeld: (lock: OwnLock) => void;
  readonly onRefused: (reason: ClaimRefusal) => void;
  lock: OwnLock | undefined;
  isLeft: boolean;
}

/** What a caller does not get, when somebody else has it. */
class Held extends Error {}

/** Between the machine of locks and those who wait for one on this node. */
export class NodeClaims implements LockListener {
  private readonly ports: ClaimsPorts;
  private readonly claims = new Map<number, Claim>();

  constructor(ports: ClaimsPorts) {
    this.ports = ports;
  }

  /** @param key what the lock is called in the order; `name` is what users call it */
  acquire(key: string, name: string, options: WaitOptions): Promise<OwnLock> {
    return this.claim({ key, name, mode: "wait" }, options);
  }

  async tryAcquire(key: string, name: string, options: WaitOptions): Promise<OwnLock | undefined> {
    try {
      return await this.claim({ key, name, mode: "try" }, options);
    } catch (error) {
      if (error instanceof Held) return undefined;
      throw error;
    }
  }

  onHeld(id: number, token: FencingToken): void {
    const claim = this.claims.get(id);
    if (claim === undefined || claim.isLeft) return;
    const { ports } = this;
    const lock = new OwnLock(nameOf(claim.key), token, {
      isHeld: () => ports.machine().own.isHeld(id),
      remainingMs: () => ports.machine().own.remainingMs,
      release: () => ports.step(() => ports.machine().own.release(id)),
    });
    claim.lock = lock;
    this.ports.afterStep(() => {
      if (!claim.isLeft) claim.onHeld(lock);
    });
  }

  onRefused(id: number, reason: ClaimRefusal): void {
    const claim = this.take(id);
    if (claim !== undefined) this.ports.afterStep(() => claim.onRefused(reason));
  }

  onLost(id: number): void {
    const claim = this.take(id);
    this.ports.afterStep(() => claim?.lock?.end("lost"));
  }

  onReleased(id: number): void {
    const claim = this.take(id);
    this.ports.afterStep(() => claim?.lock?.end("released"));
  }

  onRow(key: string): void {
    this.ports.onRow(key);
  }

  /** The node ends: to others, its locks are over when their lease is. */
  close(): void {
    for (const { lock } of this.claims.values()) lock?.end("lost");
    this.claims.clear();
  }

  private claim(
    { key, mode, name }: { key: string; mode: "wait" | "try"; name: string },
    options: WaitOptions,
  ): Promise<OwnLock> {
    const { ports } = this;
    const { enders, timers } = ports;
    ports.checkRunning();
    ports.machine();
    let isTaken = false;
    return waitFor<OwnLock>({
      ...options,
      timers,
      enders,
      what: `the lock ${name}`,
      begin: (outcome) => {
        const claim: Claim = {
          key,
          lock: undefined,
          isLeft: false,
          onHeld: (lock) => {
            isTaken = true;
            outcome.resolve(lock);
          },
          onRefused: (reason) => outcome.reject(refusal(name, reason)),
        };
        // Within the step: a group of one may have granted it before the step has returned.
        const id = ports.step(() => {
          const claimed = ports.machine().own.claim(key, mode);
          this.claims.set(claimed, claim);
          return claimed;
        });
        return () => {
          if (isTaken || !this.claims.has(id)) return;
          claim.isLeft = true;
          try {
            ports.step(() => ports.machine().own.release(id));
          } catch (error) {
            // The node has stopped, and with it all that it wanted.
            if (!(error instanceof HearsayError)) throw error;
          }
        };
      },
    });
  }

  private take(id: number): Claim | undefined {
    const claim = this.claims.get(id);
    this.claims.delete(id);
    return claim;
  }
}

function refusal(name: string, reason: ClaimRefusal): Error {
  return reason === "held" ? new Held() : refusedError(`the lock ${name}`, "full");
}

/** Of `kind/name`. */
export function nameOf(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}
