import type { SubscribeOptions } from "../api.ts";
import { MessageQueue } from "../topics/subscription.ts";

/** Everybody who reads one kind of event by `for await`, until the node has ended. */
export class Readers<Event> {
  private readonly queues = new Set<MessageQueue<Event>>();
  private readonly onDropped: () => void;
  private isClosed = false;

  /** `onDropped` hears of each event that a slow reader lost. */
  constructor(onDropped: () => void) {
    this.onDropped = onDropped;
  }

  get size(): number {
    return this.queues.size;
  }

  /** A reader that hears what comes from now on; one of a node that has ended is at its end. */
  open(options: SubscribeOptions): MessageQueue<Event> {
    const queue: MessageQueue<Event> = new MessageQueue({
      ...options,
      onClosed: () => this.queues.delete(queue),
      onDropped: this.onDropped,
    });
    if (this.isClosed) queue.close();
    if (!queue.isClosed) this.queues.add(queue);
    return queue;
  }

  push(event: Event): void {
    for (const queue of [...this.queues]) queue.push(event);
  }

  close(): void {
    this.isClosed = true;
    for (const queue of [...this.queues]) queue.close();
  }
}
