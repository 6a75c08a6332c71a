/** People who talk on several topics of one causal group, and an ear on all that each is told. */
import { Random } from "../../src/core/random.ts";
import type { Gap, HearsayNode, HistoryChoice, Topic, TopicMessage, Via } from "../../src/index.ts";
import { createTestCluster, type TestCluster } from "../../src/testing/index.ts";

export interface CausalTownOptions {
  readonly seed: number;
  readonly nodesCount: number;
  /** By tag, the topic's own options. */
  readonly topics: Readonly<Record<string, { history?: HistoryChoice; orderWaitMs?: number }>>;
  /** Which of them a node opens. Default: all. */
  readonly takesPart?: (name: string, tag: string) => boolean;
  readonly viaOf?: (name: string) => Via;
  /** "one" (default): all topics are of one group. */
  readonly groups?: "one" | "own";
}

/** One message: the value is its number. */
type Said = number;

/** What one life of a node was told, in order. */
export interface Ear {
  readonly name: string;
  readonly topics: ReadonlyMap<string, Topic<Said, Said>>;
  readonly heard: Said[];
  readonly gaps: Gap[];
  /** All that was told, and all that came before that. */
  readonly known: Set<Said>;
}

export class CausalTown {
  readonly cluster: TestCluster<Ear>;
  /** Of every life of every node. */
  readonly ears: Ear[];
  private readonly random: Random;
  private readonly pasts: ReadonlySet<Said>[];
  private readonly tags: string[];

  private constructor(cluster: TestCluster<Ear>, shared: Shared) {
    this.cluster = cluster;
    this.random = shared.random;
    this.ears = shared.ears;
    this.pasts = shared.pasts;
    this.tags = shared.tags;
  }

  static async open(options: CausalTownOptions): Promise<CausalTown> {
    const random = new Random(options.seed);
    const shared: Shared = { random, ears: [], pasts: [], tags: [] };
    const cluster = await createTestCluster({
      nodes: options.nodesCount,
      seed: options.seed,
      messages: "bytes",
      setup: (node) => listen(node, options, shared),
    });
    return new CausalTown(cluster, shared);
  }

  /** Somebody says something, as one who has heard all that this node has. */
  async say(name: string, tag: string): Promise<void> {
    const { cluster, pasts, tags } = this;
    await cluster.run(saySoon({ ear: cluster.app(name), pasts, tags }, tag));
  }

  /** One node after the other, on any of its topics, in random haste. */
  async talk(count: number, names: readonly string[] = this.cluster.names): Promise<void> {
    const { cluster, random } = this;
    for (let left = count; left > 0; left -= 1) {
      const name = names[random.below(names.length)] ?? "n1";
      const tags = [...cluster.app(name).topics.keys()];
      const tag = tags[random.below(tags.length)];
      if (tag !== undefined && cluster.isRunning(name)) await this.say(name, tag);
      await cluster.runForMs(random.below(60));
    }
  }

  /** Whoever heard something before what it came after, in words. */
  outOfOrder(): string[] {
    return this.ears.flatMap(({ heard, name }) => this.outOfOrderIn(name, heard));
  }

  outOfOrderIn(name: string, heard: readonly Said[]): string[] {
    const places = new Map(heard.map((said, place) => [said, place]));
    return heard.flatMap((said, place) => {
      const causes = [...(this.pasts[said] ?? [])];
      const late = causes.filter((cause) => (places.get(cause) ?? -1) > place);
      return late.map((cause) => `${name} heard ${said} before ${cause}`);
    });
  }

  /** What was said on the topics of this node, and it was not told. */
  missedBy(name: string): Said[] {
    const { heard, topics } = this.cluster.app(name);
    const told = new Set(heard);
    return this.tags.flatMap((tag, said) => (topics.has(tag) && !told.has(said) ? said : []));
  }

  get saidCount(): number {
    return this.tags.length;
  }

  metric(name: string, count: string): number {
    return this.cluster.node(name).metrics()[count] ?? 0;
  }
}

interface Shared {
  readonly random: Random;
  readonly ears: Ear[];
  /** By message, all that came before it. */
  readonly pasts: ReadonlySet<Said>[];
  readonly tags: string[];
}

function listen(node: HearsayNode, options: CausalTownOptions, shared: Shared): Ear {
  const { ears, pasts } = shared;
  const topics = new Map<string, Topic<Said, Said>>();
  const ear: Ear = { name: node.name, topics, heard: [], gaps: [], known: new Set() };
  ears.push(ear);
  for (const [tag, own] of Object.entries(options.topics)) {
    if (options.takesPart?.(node.name, tag) === false) continue;
    const group = options.groups === "own" ? {} : { causalGroup: "town" };
    const via = options.viaOf?.(node.name) ?? "piggyback";
    const topic = node.topic<Said>(tag, { ...own, order: "causal", via, ...group });
    topics.set(tag, topic);
    const onGap = (gap: Gap): void => void ear.gaps.push(gap);
    const onMessage = ({ value }: TopicMessage<Said>): void => {
      ear.heard.push(value);
      ear.known.add(value);
      for (const cause of pasts[value] ?? []) ear.known.add(cause);
      // Somebody answers now and then, from within.
      const isAnswered = shared.random.below(20 * options.nodesCount) === 0;
      if (isAnswered) void saySoon({ ear, ...shared }, tag);
    };
    topic.subscribe(onMessage, { onGap });
  }
  return ear;
}

interface Mouth {
  readonly ear: Ear;
  readonly pasts: ReadonlySet<Said>[];
  readonly tags: string[];
}

async function saySoon({ ear, pasts, tags }: Mouth, tag: string): Promise<void> {
  const said = tags.length;
  tags.push(tag);
  pasts.push(new Set(ear.known));
  // What it says first comes before what it says next, heard or not.
  ear.known.add(said);
  await ear.topics.get(tag)?.publish(said);
}
