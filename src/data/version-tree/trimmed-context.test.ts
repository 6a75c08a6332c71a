import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { encodeUtf8 } from "../../core/text.ts";
import type { Version } from "./version-tree.messages.ts";
import { headsText, rig, send, type TreeRig } from "./version-tree-rig.ts";

const text = (value: string): Uint8Array => encodeUtf8(value);
const NAMES = ["a", "b", "c"];
const KEYS = ["k", "j"];
/** The last two need what is left out to be stable itself, not only what had superseded it. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 119, 281];

/** Three replicas whose nodes live again and again with their disks. */
class Lives {
  readonly rigs: TreeRig[];
  /** By key: the numbers of one mean other writes for another. */
  readonly contexts = new Map<string, DotSet[]>(KEYS.map((key) => [key, []]));
  private readonly mail: Version[] = [];
  private readonly options: { conflict: "siblings"; contextTrimFromCount: number };
  private boots = NAMES.map(() => 1);

  constructor(contextTrimFromCount: number) {
    this.options = { conflict: "siblings", contextTrimFromCount };
    this.rigs = NAMES.map((name) => rig(makeOrigin(name, 1), this.options));
  }

  liveAgain(at: number): void {
    const boot = (this.boots[at] ?? 0) + 1;
    this.boots[at] = boot;
    const former = this.at(at);
    const next = rig(makeOrigin(NAMES[at] ?? "", boot), this.options);
    next.tree.restore(former.tree.snapshot());
    next.nowMs = former.nowMs;
    this.rigs[at] = next;
  }

  /** What a client reads here it may give to a write long after, anywhere. */
  read(at: number, key: string): void {
    this.contexts.get(key)?.push(DotSet.of(...this.at(at).tree.read(key).context));
  }

  put(at: number, key: string, { context, value }: { context: number; value: string }): void {
    const { tree } = this.at(at);
    const contexts = this.contexts.get(key) ?? [];
    const seen = contexts[context % Math.max(1, contexts.length)] ?? new DotSet();
    const own = tree.seen.origins();
    // A life knows of no writes of its own that it has not made.
    if ([...own].every((origin) => seen.last(origin) <= tree.seen.last(origin))) {
      tree.put(key, text(value), { context: seen });
    }
  }

  sync(from: number, to: number): void {
    send(this.at(from).tree, this.at(to).tree);
  }

  /** A single write on its way, which may take long. */
  post(from: number, which: number): void {
    const held = [...this.at(from).tree.versions()];
    const version = held[which % Math.max(1, held.length)];
    if (version !== undefined) this.mail.push(version);
  }

  deliver(to: number, which: number): void {
    const version = this.mail[which % Math.max(1, this.mail.length)];
    if (version !== undefined) this.at(to).tree.apply(version.dot, version.update);
  }

  /** Each hears what all have seen; some hear it late. */
  tell(to: number): void {
    const all = this.rigs.map(({ tree }) => tree.seen);
    const [first = new DotSet(), ...others] = all;
    let stable = DotSet.of();
    stable = others.reduce<DotSet>(
      (common, seen) => common.intersection(seen),
      first.union(stable),
    );
    this.at(to).stable.addAll(stable);
  }

  picture(): string {
    return this.rigs.map(({ tree }) => KEYS.map((key) => headsText(tree, key)).join("/")).join(" ");
  }

  longest(): number {
    const counts = this.rigs.flatMap(({ tree }) =>
      [...tree.versions()].map(({ update }) => update.parents.rangesCount),
    );
    return Math.max(0, ...counts);
  }

  private at(at: number): TreeRig {
    const found = this.rigs[at];
    if (found === undefined) throw new Error(`no replica ${at}`);
    return found;
  }
}

describe("a context that leaves out what all know to be superseded", () => {
  it.each(SEEDS)("supersedes just as the whole one, seed %i", (seed) => {
    const random = Random.derive(seed, "trim");
    const [whole, short] = [new Lives(Number.MAX_SAFE_INTEGER), new Lives(1)];
    for (let step = 0; step < 400; step += 1) {
      const [at, other, context] = [random.below(3), random.below(3), random.below(1_000)];
      const key = KEYS[random.below(2)] ?? "k";
      const what = random.below(20);
      for (const lives of [whole, short]) {
        if (what === 0) lives.liveAgain(at);
        else if (what < 5) lives.read(at, key);
        else if (what < 10) lives.put(at, key, { context, value: `${step}` });
        else if (what < 12) lives.post(at, context);
        else if (what < 16) lives.deliver(at, context);
        else if (what < 18) lives.sync(at, other);
        else lives.tell(at);
      }
      expect(short.picture(), `step ${step}`).toBe(whole.picture());
    }
  });

  it("does not grow with the lives of those who write", () => {
    const lives = new Lives(8);
    for (let life = 0; life < 100; life += 1) {
      const at = life % 3;
      lives.read(at, "k");
      lives.put(at, "k", { context: life, value: `${life}` });
      for (const to of [0, 1, 2]) lives.sync(at, to);
      for (const to of [0, 1, 2]) lives.tell(to);
      lives.liveAgain(at);
    }
    expect(lives.picture()).toBe("99/ 99/ 99/");
    expect(lives.longest()).toBeLessThan(12);
  });

  it("still tells a client who has read long ago that it is stale", () => {
    const { stable, tree } = rig(makeOrigin("a", 1), { contextTrimFromCount: 1 });
    tree.put("k", text("1"));
    const { context } = tree.read("k");
    for (const value of ["2", "3"]) {
      tree.put("k", text(value), { context: tree.read("k").context });
      stable.addAll(tree.seen);
    }
    tree.put("k", text("4"), { context: tree.read("k").context });
    expect(tree.put("k", text("5"), { context }).status).toBe("stale");
    expect(headsText(tree, "k")).toBe("4");
  });
});
