import { Random } from "../../src/core/random.ts";
import { type GossipContender, type GossipCourse, gossipNetwork, originOf } from "./push-gossip.ts";

const TICKS_PER_MS = 64;
/** Longer than the longest delay, and a power of two. */
const WHEEL_TICKS = 1_024;
const EVENT_WORDS = 2;
const WINDOW = 31;

/**
 * The same gossip as one loop over typed arrays, which is what a simulation costs that can do
 * nothing else: no protocol, no door, one stream of dice, delays rounded to ticks, no order within
 * one, nothing that could be cancelled.
 */
export class BareGossip implements GossipContender {
  readonly course: GossipCourse;
  eventsCount = 0;
  private readonly random = new Random(1);
  private readonly newest: Int32Array;
  private readonly heard: Int32Array;
  private readonly groups: Int32Array;
  private readonly buckets: Int32Array[] = [];
  private readonly counts = new Int32Array(WHEEL_TICKS);
  private tick = 0;
  private pending = 0;
  private begunCount = 0;

  constructor(course: GossipCourse) {
    this.course = course;
    const cutOffCount = Math.ceil(course.nodesCount * gossipNetwork.cutOffRatio);
    this.newest = new Int32Array(course.nodesCount);
    this.heard = new Int32Array(course.nodesCount);
    this.groups = new Int32Array(course.nodesCount).fill(1, 0, cutOffCount);
    for (let at = 0; at < WHEEL_TICKS; at += 1) this.buckets.push(new Int32Array(64));
  }

  spread(rumorsCount: number): void {
    const everyTicks = gossipNetwork.rumorEveryMs * TICKS_PER_MS;
    const start = this.tick;
    const last = this.begunCount + rumorsCount;
    for (let nextTick = start; this.begunCount < last || this.pending > 0; this.tick += 1) {
      if (this.begunCount < last && this.tick >= nextTick) {
        this.begunCount += 1;
        nextTick += everyTicks;
        this.hear(originOf(this.begunCount, this.course.nodesCount), this.begunCount);
      }
      this.fireBucket(this.tick & (WHEEL_TICKS - 1));
    }
  }

  private fireBucket(at: number): void {
    const bucket = this.buckets[at] ?? this.counts;
    const words = (this.counts[at] ?? 0) * EVENT_WORDS;
    for (let word = 0; word < words; word += EVENT_WORDS) {
      this.hear(bucket[word] ?? 0, bucket[word + 1] ?? 0);
    }
    this.counts[at] = 0;
    this.pending -= words / EVENT_WORDS;
    this.eventsCount += words / EVENT_WORDS;
  }

  private hear(node: number, rumor: number): void {
    if (!this.isNews(node, rumor)) return;
    const { course, random, groups } = this;
    const { latencyMinMs, latencyMaxMs, lossRatio } = gossipNetwork;
    course.heardCount += 1;
    for (let count = 0; count < course.fanoutCount; count += 1) {
      const to = random.below(course.nodesCount);
      if (groups[node] !== groups[to]) continue;
      if (random.real() < lossRatio) continue;
      this.put(latencyMinMs + random.real() * (latencyMaxMs - latencyMinMs), to, rumor);
    }
  }

  private isNews(node: number, rumor: number): boolean {
    const ahead = rumor - (this.newest[node] ?? 0);
    const heard = this.heard[node] ?? 0;
    if (ahead > 0) {
      this.heard[node] = ahead >= WINDOW ? 1 : (heard << ahead) | 1;
      this.newest[node] = rumor;
      return true;
    }
    if (-ahead >= WINDOW || (heard & (1 << -ahead)) !== 0) return false;
    this.heard[node] = heard | (1 << -ahead);
    return true;
  }

  private put(delayMs: number, to: number, rumor: number): void {
    const at = (this.tick + ((delayMs * TICKS_PER_MS) | 0)) & (WHEEL_TICKS - 1);
    const count = this.counts[at] ?? 0;
    let bucket = this.buckets[at] ?? this.counts;
    if ((count + 1) * EVENT_WORDS > bucket.length) {
      const larger = new Int32Array(bucket.length * 2);
      larger.set(bucket);
      this.buckets[at] = larger;
      bucket = larger;
    }
    bucket[count * EVENT_WORDS] = to;
    bucket[count * EVENT_WORDS + 1] = rumor;
    this.counts[at] = count + 1;
    this.pending += 1;
  }
}
