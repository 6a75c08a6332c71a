import { HearsayError } from "../core/errors.ts";
import type { HearsayNode, Topic } from "../node/api.ts";

/**
 * The topics clients of this agent have named. Bounded: any client could name new ones for ever.
 */
export class TopicBook {
  private readonly node: Pick<HearsayNode, "topic">;
  private readonly maxCount: number;
  private readonly topics = new Map<string, Topic<unknown, unknown>>();

  constructor(node: Pick<HearsayNode, "topic">, maxCount: number) {
    this.node = node;
    this.maxCount = maxCount;
  }

  /** @throws HearsayError ADMIN_BUSY, and what `node.topic` throws for a bad tag. */
  open(tag: string): Topic<unknown, unknown> {
    const known = this.topics.get(tag);
    if (known !== undefined) return known;
    if (this.topics.size >= this.maxCount) {
      throw new HearsayError(
        "ADMIN_BUSY",
        `This agent has opened ${this.maxCount} topics and opens no more; restart it or use fewer.`,
      );
    }
    const topic = this.node.topic(tag);
    this.topics.set(tag, topic);
    return topic;
  }
}
