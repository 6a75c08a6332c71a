import type { EventKey } from "./event-slab.ts";
import { ActionEvent, type SimEvent } from "./sim-event.ts";

export interface HoldRoom {
  readonly pausedPacketsCount: number;
  readonly blockedSendsCount: number;
}

/** What waits at a machine that is paused or blocked, in the order it came. */
export class SimHolds {
  private readonly room: HoldRoom;
  private received: SimEvent[] = [];
  private packetsCount = 0;
  private sends: SimEvent[] = [];
  /** Timers that were held and have not fired: they can still be cleared. */
  private readonly timers = new Map<EventKey, () => void>();

  constructor(room: HoldRoom) {
    this.room = room;
  }

  /** What happened to it. */
  keep(event: SimEvent): void {
    this.received.push(event);
  }

  /** False when the buffer of its socket is full. */
  keepPacket(event: SimEvent): boolean {
    if (this.packetsCount >= this.room.pausedPacketsCount) return false;
    this.packetsCount += 1;
    this.received.push(event);
    return true;
  }

  keepTimer(key: EventKey, ring: () => void): void {
    this.timers.set(key, ring);
    const event = new ActionEvent(() => {
      const held = this.timers.get(key);
      this.timers.delete(key);
      held?.();
    });
    this.received.push(event);
  }

  clearTimer(key: EventKey): void {
    this.timers.delete(key);
  }

  /** What it would send. False when there is no room. */
  keepSend(event: SimEvent): boolean {
    if (this.sends.length >= this.room.blockedSendsCount) return false;
    this.sends.push(event);
    return true;
  }

  takeReceived(): SimEvent[] {
    const events = this.received;
    this.received = [];
    this.packetsCount = 0;
    return events;
  }

  takeSends(): SimEvent[] {
    const events = this.sends;
    this.sends = [];
    return events;
  }
}
