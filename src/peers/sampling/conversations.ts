import type { TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";

/** Exchanges that wait for an answer. [because: one a round, and rounds outlast most answers] */
const TALKS_MAX_COUNT = 64;

export interface Talk {
  readonly peer: PeerId;
  /** A contact is an address: who answers has a name of its own. */
  readonly as: "peer" | "contact";
  /** Whom the partner was told of. */
  readonly sent: readonly PeerId[];
  readonly askedRound: number;
  readonly timer: TimerId;
}

/** Exchanges that this node began and that have not been answered. */
export class Conversations {
  private readonly talks = new Map<number, Talk>();

  /** @returns the timer of the oldest one, where that had to give way. */
  begin(token: number, talk: Talk): TimerId | undefined {
    let dropped: TimerId | undefined;
    if (this.talks.size >= TALKS_MAX_COUNT) {
      for (const [oldest, { timer }] of this.talks) {
        this.talks.delete(oldest);
        dropped = timer;
        break;
      }
    }
    this.talks.set(token, talk);
    return dropped;
  }

  /** The exchange that `from` answers; it has then ended. undefined when `from` was not asked. */
  end(token: number, from?: PeerId): Talk | undefined {
    const talk = this.talks.get(token);
    if (talk === undefined) return undefined;
    if (from !== undefined && talk.as === "peer" && talk.peer !== from) return undefined;
    this.talks.delete(token);
    return talk;
  }

  endWith(peer: PeerId, clear: (timer: TimerId) => void): void {
    for (const [token, talk] of this.talks) {
      if (talk.peer !== peer) continue;
      this.talks.delete(token);
      clear(talk.timer);
    }
  }

  /** @returns their timers. */
  endAll(): TimerId[] {
    const timers = [...this.talks.values()].map(({ timer }) => timer);
    this.talks.clear();
    return timers;
  }
}
