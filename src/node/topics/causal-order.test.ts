import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CausalRig } from "./causal-rig.ts";

describe("causal order", () => {
  test("holds back what came before its cause, and those behind it", () => {
    const rig = new CausalRig().open("t").hear("t b 1 < t a 2", "t b 2", "t c 1", "t a 2");
    expect(rig.told).toEqual(["t c 1"]);
    expect(rig.hear("t a 1").told).toEqual(["t c 1", "t a 1", "t a 2", "t b 1", "t b 2"]);
    expect(rig.passMs(1_000).isWaiting).toBe(false);
    expect(rig.counts.get("topics.waited")).toBe(3);
  });

  test("goes from topic to topic of the group", () => {
    const rig = new CausalRig().open("t").open("u").hear("u b 1 < t a 1");
    expect(rig.told).toEqual([]);
    expect(rig.hear("t a 1").told).toEqual(["t a 1", "u b 1"]);
  });

  test("does not wait for topics in which this node takes no part", () => {
    expect(new CausalRig().open("u").hear("u b 1 < t a 1").told).toEqual(["u b 1"]);
  });

  test("follows a long chain that comes backwards", () => {
    const rig = new CausalRig().open("t", { waitingMaxCount: 5_000 });
    const count = 2_000;
    for (let at = count; at >= 1; at -= 1)
      rig.hear(`t b ${at} < t a ${at}`, `t a ${at} < t b ${at - 1}`);
    expect(rig.told.slice(0, 4)).toEqual(["t a 1", "t b 1", "t a 2", "t b 2"]);
    expect(rig.told).toHaveLength(2 * count);
  });

  test("gives up what does not come, tells it, and does not deliver it late", () => {
    const rig = new CausalRig().open("t").hear("t a 1", "t b 1 < t a 3", "t a 3").passMs(99);
    expect(rig.told).toEqual(["t a 1"]);
    expect(rig.passMs(1).told.slice(1)).toEqual(["gap t a 2-2", "t a 3", "t b 1"]);
    expect(rig.hear("t a 2").told).toHaveLength(4);
    expect(rig.counts.get("topics.skipped")).toBe(1);
  });

  test("a cause whose publisher died with it is a gap where it is missed", () => {
    const rig = new CausalRig().open("t").open("u").hear("u b 1 < t a 2").passMs(100);
    expect(rig.told).toEqual(["gap t a 1-2", "u b 1"]);
    expect(rig.isWaiting).toBe(false);
  });

  test("waits behind what waits as long as that makes progress", () => {
    const rig = new CausalRig().open("t").hear("t b 1 < t a 3").passMs(60).hear("t a 1").passMs(60);
    expect(rig.told).toEqual(["t a 1"]);
    expect(rig.hear("t a 2").passMs(60).hear("t a 3").told.at(-1)).toBe("t b 1");
    expect(rig.counts.has("topics.skipped")).toBe(false);
  });

  test("each topic waits as long as it says", () => {
    const rig = new CausalRig().open("slow", { waitMs: 1_000 }).open("fast", { waitMs: 10 });
    rig.hear("slow b 1 < slow a 1", "fast b 1 < fast a 1").passMs(10);
    expect(rig.told).toEqual(["gap fast a 1-1", "fast b 1"]);
    expect(rig.passMs(990).told.slice(2)).toEqual(["gap slow a 1-1", "slow b 1"]);
  });

  test("what was refused is passed in silence, and what was forgotten is a gap", () => {
    const rig = new CausalRig().open("t").hear("t b 1 < t a 2", "t a 3 < t b 1");
    rig.settle("t a 1", 1, "refused").settle("t a 2", 2, "forgotten");
    expect(rig.told).toEqual(["gap t a 2-2", "t b 1", "t a 3"]);
    const absurd = new CausalRig().open("t").hear("t a 1");
    absurd.settle("t a 2", Number.MAX_SAFE_INTEGER, "forgotten");
    expect(absurd.told.at(-1)).toBe(`gap t a 2-${Number.MAX_SAFE_INTEGER}`);
  });
});

describe("causal order for who comes late", () => {
  test("begins without a past where it comes in: what was said before is no gap", () => {
    const rig = new CausalRig().open("t", { beginning: "heard" });
    rig.hear("t b 7 < t a 900", "t b 8 < t a 901").passMs(99);
    expect(rig.told).toEqual([]);
    expect(rig.passMs(1).told).toEqual(["t b 7", "t b 8"]);
    expect(rig.hear("t b 9 < t a 902", "t a 902").told.slice(2)).toEqual(["t a 902", "t b 9"]);
  });

  test("a past of replies to what has none is held up once, not once for each", () => {
    const rig = new CausalRig().open("t").open("live", { beginning: "heard", waitMs: 10 });
    for (let seq = 1; seq <= 50; seq += 1) rig.hear(`t b ${seq} < live a ${seq * 2}`);
    expect(rig.passMs(10).told).toHaveLength(50);
  });

  test("with a past it has all from the start, and knows what is forgotten", () => {
    const rig = new CausalRig().open("t").hear("t b 5 < t a 9", "t a 9");
    rig.settle("t a 1", 8, "forgotten").settle("t b 1", 4, "forgotten");
    expect(rig.told).toEqual(["gap t a 1-8", "t a 9", "gap t b 1-4", "t b 5"]);
  });

  test("a new life of a publisher begins anew, after what it says", () => {
    const rig = new CausalRig().open("t").hear("t a#2 1 < t a 2", "t a 1");
    expect(rig.told).toEqual(["t a 1"]);
    expect(rig.hear("t a 2").told.slice(1)).toEqual(["t a 2", "t a#2 1"]);
  });

  test("what a disk gave back counts as delivered as far as its causes are there", () => {
    const kept = ["t a 1", "t a 2 < t c 1", "t b 1 < t a 1", "t b 3"];
    const rig = new CausalRig().open("t", {}, kept);
    expect(rig.told).toEqual([]);
    expect(rig.seats.get("t")?.passed().size).toBe(2);
    expect(rig.causes("t")).toEqual(["t b 1"]);
    expect(rig.hear("t c 1").told).toEqual(["t c 1", "t a 2"]);
    expect(rig.passMs(100).told.slice(2)).toEqual(["gap t b 2-2", "t b 3"]);
    expect(rig.causes("t")).toEqual(["t a 2", "t b 3"]);
  });
});

describe("causal order is bounded", () => {
  test("too much that waits is as good as a wait that is over", () => {
    const rig = new CausalRig().open("t", { waitingMaxCount: 2 });
    rig.hear("t b 1 < t a 4", "t b 2", "t b 3");
    expect(rig.told).toEqual(["gap t a 1-4", "t b 1", "t b 2", "t b 3"]);
    expect(rig.counts.get("topics.waitFull")).toBe(1);
    const chain = new CausalRig().open("t", { waitingMaxBytes: 25 });
    chain.hear("t c 1 < t b 1", "t b 1 < t a 1").hear("t d 2");
    expect(chain.told).toEqual(["gap t d 1-1", "t d 2"]);
  });

  test("forged causes in a circle end in a bounded time", () => {
    const rig = new CausalRig().open("t").hear("t a 1 < t b 1", "t b 1 < t c 1", "t c 1 < t a 1");
    expect(rig.passMs(100).told).toHaveLength(3);
    expect(rig.counts.get("topics.absurdCauses")).toBe(1);
    expect(rig.passMs(1_000).isWaiting).toBe(false);
    expect(new CausalRig().open("t").hear("t a 1 < t a 9").told).toEqual(["t a 1"]);
  });

  test("a circle does not wait for others that lack something", () => {
    const rig = new CausalRig().open("t").open("slow", { waitMs: 100_000 });
    rig.hear("slow x 1 < slow y 1", "t a 1 < t b 1", "t b 1 < t a 1").passMs(300);
    expect(rig.told).toHaveLength(2);
  });

  test("names of publishers that never were are forgotten beyond a bound", () => {
    const rig = new CausalRig(3).open("t");
    for (let at = 0; at < 5; at += 1) rig.hear(`t b ${at + 1} < t ghost${at} 1`).passMs(100);
    expect(rig.counts.get("topics.causesIgnored")).toBe(2);
    expect(rig.told.filter((name) => name.startsWith("t b"))).toHaveLength(5);
  });
});

test("lives that are forgotten everywhere leave nothing behind", () => {
  const rig = new CausalRig(5).open("t");
  for (let life = 1; life <= 500; life += 1) rig.hear(`t a#${life} 1`).forget("t");
  expect(rig.told).toHaveLength(500);
  expect(rig.seats.get("t")?.passed().originsCount).toBeLessThanOrEqual(11);
});

/** A conversation of `steps`: who speaks, where, and whom it has heard out before. */
function conversation(steps: readonly { who: number; where: number; hears: number }[]) {
  const fronts = [0, 1, 2, 3].map(() => new CausalRig().open("t").open("u"));
  const pasts = new Map<string, Set<string>>();
  const heard: Set<string>[] = fronts.map(() => new Set());
  const texts = steps.map(({ hears, where, who }) => {
    const [tag, name] = [where === 0 ? "t" : "u", "abcd"[who] ?? "a"];
    const [front, own] = [fronts[who], heard[who]];
    for (const other of heard[hears] ?? []) own?.add(other);
    for (const text of allTexts(pasts)) if (own?.has(nameOf(text))) front?.hear(text);
    const seq =
      [...pasts.keys()].filter((key) => nameOf(key).startsWith(`${tag} ${name} `)).length + 1;
    const causes = front?.causes(tag) ?? [];
    const text = `${tag} ${name} ${seq}${causes.length > 0 ? ` < ${causes.join(", ")}` : ""}`;
    pasts.set(text, new Set(own));
    own?.add(nameOf(text));
    front?.hear(text);
    return text;
  });
  return { texts, pasts: new Map([...pasts].map(([text, past]) => [nameOf(text), past])) };
}

function nameOf(text: string): string {
  return (text.split("<")[0] ?? "").trim();
}

function allTexts(pasts: ReadonlyMap<string, unknown>): string[] {
  return [...pasts.keys()];
}

test("nothing comes before its cause, and all comes, whatever order the network makes", () => {
  const step = fc.record({ who: fc.nat(3), where: fc.nat(1), hears: fc.nat(3) });
  const takesPart = fc.constantFrom<string[]>(["t"], ["u"], ["t", "u"]);
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      takesPart,
      fc.infiniteStream(fc.nat(1_000)),
      (steps, tags, keys) => {
        const { pasts, texts } = conversation(steps);
        const mine = texts.filter((text) => tags.includes(text[0] ?? ""));
        const shuffled = mine
          .map((text) => ({ text, key: keys.next().value as number }))
          .sort((one, other) => one.key - other.key);
        const rig = new CausalRig();
        for (const tag of tags) rig.open(tag);
        for (const { text } of shuffled) rig.hear(text);
        expect(rig.told).toHaveLength(mine.length);
        rig.told.forEach((name, place) => {
          for (const cause of pasts.get(name) ?? [])
            expect(rig.told.indexOf(cause)).toBeLessThan(place);
        });
      },
    ),
    { numRuns: 200 },
  );
});
