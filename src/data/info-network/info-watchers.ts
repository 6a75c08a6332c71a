import { BoundedQueue } from "../../core/collections/bounded-queue.ts";
import { HearsayError } from "../../core/errors.ts";
import type {
  HeldInfo,
  InfoNetworkWiring,
  InfoNotice,
  WatchWish,
} from "./info-network.contract.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";

interface WatchersWiring extends Pick<InfoNetworkWiring, "afterStep" | "counters"> {
  now(): number;
}

interface WaitingNotice {
  readonly notice: InfoNotice;
  readonly sinceMs: number;
}

interface Watcher {
  readonly wish: WatchWish;
  readonly queue: BoundedQueue<WaitingNotice>;
  /** Its turn after the step has been asked for. */
  isDue: boolean;
}

/**
 * Whoever wants to know of infos. Each has a queue of its own and hears in the order of storing,
 * after the step, never while it is hearing. [infostore §6]
 */
export class InfoWatchers {
  private readonly wiring: WatchersWiring;
  private readonly options: InfoNetworkOptions;
  private readonly watchers = new Set<Watcher>();
  private latencyMs = 0;

  constructor(wiring: WatchersWiring, options: InfoNetworkOptions) {
    this.wiring = wiring;
    this.options = options;
  }

  /** Notices that wait, of all watchers. */
  get pendingCount(): number {
    let count = 0;
    for (const { queue } of this.watchers) count += queue.size;
    return count;
  }

  /** Longest that a notice has waited. */
  get latencyMaxMs(): number {
    return this.latencyMs;
  }

  /** @throws HearsayError QUEUE_FULL */
  add(wish: WatchWish, held: Iterable<HeldInfo>): () => void {
    const { noticesMaxCount, watchersMaxCount } = this.options;
    if (this.watchers.size >= watchersMaxCount) {
      const rule = `${watchersMaxCount} watchers are all there may be; end one first.`;
      throw new HearsayError("QUEUE_FULL", rule);
    }
    const watcher: Watcher = {
      wish,
      queue: new BoundedQueue(Math.max(1, noticesMaxCount), "dropOldest"),
      isDue: false,
    };
    this.watchers.add(watcher);
    if (wish.held !== "skipped") {
      for (const one of held) this.offer(watcher, { ...one, kind: "changed" });
    }
    return () => {
      this.watchers.delete(watcher);
    };
  }

  onNotice(notice: InfoNotice): void {
    for (const watcher of this.watchers) {
      if (notice.kind === "redundant" && watcher.wish.notices !== "all") continue;
      this.offer(watcher, notice);
    }
  }

  private offer(watcher: Watcher, notice: InfoNotice): void {
    if (!watcher.wish.matches(notice.key)) return;
    const outcome = watcher.queue.offer({ notice, sinceMs: this.wiring.now() });
    if (outcome === "droppedOldest") this.wiring.counters.add("noticesDropped");
    if (!watcher.isDue) this.askTurn(watcher);
  }

  private drain(watcher: Watcher): void {
    try {
      // Only those of now: whoever writes whenever it hears must not keep the others waiting.
      for (let left = watcher.queue.size; left > 0; left -= 1) {
        const next = watcher.queue.takeFirst();
        if (next === undefined) break;
        this.latencyMs = Math.max(this.latencyMs, this.wiring.now() - next.sinceMs);
        watcher.wish.onInfo(next.notice);
      }
    } finally {
      watcher.isDue = false;
      if (watcher.queue.size > 0) this.askTurn(watcher);
    }
  }

  private askTurn(watcher: Watcher): void {
    watcher.isDue = true;
    this.wiring.afterStep(() => this.drain(watcher));
  }
}
