import { type GossipContender, type GossipCourse, gossipNetwork, originOf } from "./push-gossip.ts";

interface NaiveEvent {
  readonly dueMs: number;
  readonly order: number;
  readonly fire: () => void;
}

interface NaiveNode {
  readonly heard: Set<number>;
  readonly group: number;
}

/**
 * The same gossip as one writes it in an afternoon: an object and a closure for each event, a
 * binary heap of them, nodes in a map by their address.
 */
export class NaiveGossip implements GossipContender {
  readonly course: GossipCourse;
  eventsCount = 0;
  private readonly heap: NaiveEvent[] = [];
  private readonly nodes = new Map<string, NaiveNode>();
  private nowMs = 0;
  private order = 0;
  private begunCount = 0;

  constructor(course: GossipCourse) {
    this.course = course;
    const cutOffCount = Math.ceil(course.nodesCount * gossipNetwork.cutOffRatio);
    for (let at = 0; at < course.nodesCount; at += 1) {
      this.nodes.set(addressOf(at), { heard: new Set(), group: at < cutOffCount ? 1 : 0 });
    }
  }

  spread(rumorsCount: number): void {
    for (let at = 0; at < rumorsCount; at += 1) {
      this.begunCount += 1;
      const rumor = this.begunCount;
      const origin = addressOf(originOf(rumor, this.course.nodesCount));
      this.put(at * gossipNetwork.rumorEveryMs, () => this.hear(origin, rumor));
    }
    for (let event = this.take(); event !== undefined; event = this.take()) {
      this.nowMs = event.dueMs;
      this.eventsCount += 1;
      event.fire();
    }
    // Those that began a rumour were no packets.
    this.eventsCount -= rumorsCount;
  }

  private hear(address: string, rumor: number): void {
    const node = this.nodes.get(address);
    if (node === undefined || node.heard.has(rumor)) return;
    node.heard.add(rumor);
    this.course.heardCount += 1;
    const { latencyMinMs, latencyMaxMs, lossRatio } = gossipNetwork;
    for (let count = 0; count < this.course.fanoutCount; count += 1) {
      const to = addressOf(Math.floor(Math.random() * this.course.nodesCount));
      if (node.group !== this.nodes.get(to)?.group) continue;
      if (Math.random() < lossRatio) continue;
      const delayMs = latencyMinMs + Math.random() * (latencyMaxMs - latencyMinMs);
      this.put(delayMs, () => this.hear(to, rumor));
    }
  }

  private put(delayMs: number, fire: () => void): void {
    const { heap } = this;
    this.order += 1;
    heap.push({ dueMs: this.nowMs + delayMs, order: this.order, fire });
    for (let at = heap.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  private take(): NaiveEvent | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length === 0 || last === undefined) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      let child = 2 * at + 1;
      if (child >= heap.length) return first;
      if (child + 1 < heap.length && this.isBefore(child + 1, child)) child += 1;
      if (!this.swapIfBefore(child, at)) return first;
      at = child;
    }
  }

  private swapIfBefore(at: number, other: number): boolean {
    const [a, b] = [this.heap[at], this.heap[other]];
    if (a === undefined || b === undefined || !this.isBefore(at, other)) return false;
    this.heap[at] = b;
    this.heap[other] = a;
    return true;
  }

  private isBefore(at: number, other: number): boolean {
    const [a, b] = [this.heap[at], this.heap[other]];
    if (a === undefined || b === undefined) return false;
    return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
  }
}

function addressOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}:7946`;
}
