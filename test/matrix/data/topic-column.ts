import type { Gap, HearsayNode, Topic, TopicMessage, Via } from "../../../src/index.ts";
import type { ColumnParts, ColumnRun, NodeColumn } from "./data-column.ts";

const TAGS = ["talk", "votes"] as const;
const KEPT_MAX_COUNT = 5_000;

/** Topics with a past, in causal order; all that was said is told once, after what it answers. */
export const topicColumn: NodeColumn = {
  name: "causal topics",
  ways: ["piggyback", "plumtree", "rumor"],
  begin: (parts) => new TopicRun(parts),
};

interface Ear {
  readonly topics: readonly Topic<number, number>[];
  readonly heard: number[];
  readonly gaps: Gap[];
  /** So many were there when it began, from its disk. */
  pastCount: number;
  /** All that was told or said here, and all that came before that. */
  readonly known: Set<number>;
}

class TopicRun implements ColumnRun {
  private readonly parts: ColumnParts;
  private readonly ears = new Map<string, Ear>();
  private readonly former: [string, Ear][] = [];
  /** By message, all that came before it. */
  private readonly pasts: ReadonlySet<number>[] = [];

  constructor(parts: ColumnParts) {
    this.parts = parts;
  }

  open(node: HearsayNode): void {
    const before = this.ears.get(node.name);
    if (before !== undefined) this.former.push([node.name, before]);
    const options = {
      order: "causal",
      causalGroup: "swarm",
      via: this.parts.way as Via,
      history: { keptMaxCount: KEPT_MAX_COUNT, snapshotAfterCount: 20 },
      // Nothing is to be given up: partitions take longer than this by default.
      orderWaitMs: 60_000,
    } as const;
    const topics = TAGS.map((tag) => node.topic<number>(tag, options));
    const ear: Ear = { topics, heard: [], gaps: [], pastCount: 0, known: new Set() };
    this.ears.set(node.name, ear);
    const hear = ({ value }: TopicMessage<number>): void => this.hear(ear, value);
    const onGap = (gap: Gap): void => void ear.gaps.push(gap);
    for (const topic of topics) topic.subscribe(hear, { from: "start", onGap });
    ear.pastCount = ear.heard.length;
  }

  act(node: HearsayNode): void {
    const { ledger, random } = this.parts;
    const ear = this.ears.get(node.name);
    const topic = random.pick(ear?.topics ?? []);
    if (ear === undefined || topic === undefined) return;
    const count = this.pasts.length;
    this.pasts.push(new Set(ear.known));
    ear.known.add(count);
    ledger.track({ place: `${count}`, count, by: node.name }, topic.publish(count));
  }

  picture(node: HearsayNode): string {
    return [...(this.ears.get(node.name)?.heard ?? [])].sort((a, b) => a - b).join(" ");
  }

  broken(node: HearsayNode): string[] {
    const ear = this.ears.get(node.name);
    const heard = new Set(ear?.heard);
    const broken = this.parts.ledger.writes.flatMap(({ count }) =>
      heard.has(count) ? [] : [`${node.name} was never told ${count}, which was acknowledged`],
    );
    if (heard.size !== ear?.heard.length) broken.push(`${node.name} was told something twice`);
    if (ear !== undefined) broken.push(...this.outOfOrder(node.name, ear));
    for (const [name, one] of this.former.splice(0)) broken.push(...this.outOfOrder(name, one));
    for (const { count, tag } of ear?.gaps ?? []) {
      broken.push(`${node.name} was told of a gap of ${count} in ${tag}`);
    }
    return broken;
  }

  private hear(ear: Ear, said: number): void {
    ear.heard.push(said);
    ear.known.add(said);
    for (const cause of this.pasts[said] ?? []) ear.known.add(cause);
  }

  /** Lives that began with a past are not judged: see docs/topics.md, causal order. */
  private outOfOrder(name: string, { heard, pastCount }: Ear): string[] {
    if (pastCount > 0) return [];
    const places = new Map(heard.map((said, place) => [said, place]));
    return heard.flatMap((said, place) => {
      const causes = [...(this.pasts[said] ?? [])];
      const late = causes.filter((cause) => (places.get(cause) ?? -1) > place);
      return late.map((cause) => `${name} heard ${said} before ${cause}`);
    });
  }
}
