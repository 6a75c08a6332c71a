import { describe, expect, test } from "vitest";
import { Counters } from "../../core/metrics.ts";
import { resolveOptions } from "../../core/options.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import { StaticView } from "../static/static-view.ts";
import { Matrix } from "./matrix.ts";
import type {
  PathReport,
  ReachabilityMessage,
  ReachabilityTimer,
  Row,
} from "./reachability.messages.ts";
import {
  type ReachabilityOptions,
  reachabilityDefaults,
  reachabilityProblem,
} from "./reachability.options.ts";
import { Reachability } from "./reachability.ts";

const [A, B, C, D] = ["a", "b", "c", "d"].map(peerId) as [PeerId, PeerId, PeerId, PeerId];

/** Node a, alone with a test that speaks for all others. */
class Rig {
  readonly env = new RecordingEnv<ReachabilityMessage, ReachabilityTimer>({ self: "a" });
  readonly counters = new Counters();
  readonly living = new Set<PeerId>([B, C, D]);
  readonly silent = new Set<PeerId>();
  readonly node: Reachability;
  changesCount = 0;

  constructor(options: Partial<ReachabilityOptions> = {}, boot = 5) {
    const peers = new StaticView(A);
    for (const peer of this.living) peers.add(peer);
    const wiring = {
      peers,
      counters: { add: (name: string, by = 1) => this.counters.count(name, by) },
      boot: () => boot,
      isLiving: (peer: PeerId) => this.living.has(peer),
      takesPart: (peer: PeerId) => !this.silent.has(peer),
      onChange: () => {
        this.changesCount += 1;
      },
    };
    const numbers = resolveOptions("reachability", reachabilityDefaults, options);
    this.node = new Reachability(this.env, wiring, numbers);
    this.node.start();
  }

  run(durationMs: number): void {
    this.env.advance(durationMs, this.node);
  }

  count(name: string): number {
    return this.counters.snapshot()[`reachability.${name}`] ?? 0;
  }

  /** What was sent since the last look. */
  took<Kind extends ReachabilityMessage["kind"]>(kind: Kind) {
    type Message = Extract<ReachabilityMessage, { kind: Kind }>;
    const isMeant = (message: ReachabilityMessage): message is Message => message.kind === kind;
    return this.env.taken().flatMap((action) => {
      if (!("send" in action) || !isMeant(action.send)) return [];
      return [{ to: action.to, ...action.send }];
    });
  }

  /** The peer answers all knocks for so long, each a round later. */
  answerKnocks(peer: PeerId, durationMs: number): void {
    for (let ms = 0; ms < durationMs; ms += 500) {
      for (const { message, to } of this.env.sent) {
        if (to !== peer || message.kind !== "knock") continue;
        this.node.onMessage(peer, { kind: "answer", nonce: message.nonce });
      }
      this.env.taken();
      this.run(500);
    }
  }

  get wrong(): string[] {
    return this.node
      .ownPaths()
      .map(({ hearing, packets, peer, streams, via }) =>
        [peer, packets, hearing, streams, via ?? "-"].join(" "),
      );
  }
}

function row(node: PeerId, seq: number, paths: Partial<PathReport>[] = [], boot = 1): Row {
  const whole = paths.map(
    (path): PathReport => ({
      peer: D,
      packets: "unanswered",
      hearing: "silent",
      streams: "unknown",
      via: undefined,
      sinceMs: 1_000,
      ...path,
    }),
  );
  return { node, boot, seq, ageMs: 0, paths: whole };
}

describe("paths of a node", () => {
  test("nothing is sent, kept or timed while all probes are answered", () => {
    const rig = new Rig();
    for (const peer of [B, C, D]) rig.node.onProbed(peer, { kind: "direct" });
    rig.run(60_000);
    expect([rig.env.taken(), rig.env.pendingTimersCount, rig.changesCount]).toEqual([[], 0, 0]);
  });

  test("an unanswered probe is a doubt, unanswered knocks make it a cut that is told", () => {
    const rig = new Rig();
    rig.node.onProbed(B, { kind: "indirect", by: "c" });
    expect(rig.wrong).toEqual([]);
    rig.run(2_500);
    expect(rig.took("knock").map(({ to, why }) => [to, why])).toEqual(
      Array.from({ length: 5 }, () => [B, "doubt"]),
    );
    expect(rig.wrong).toEqual([]);
    rig.run(500);
    expect(rig.wrong).toEqual(["b unanswered silent unknown c"]);
    const [told] = rig.took("rows");
    expect(told?.rows[0]).toMatchObject({ node: A, boot: 5, seq: 1 });
    expect(told?.rows[0]?.paths[0]).toMatchObject({ peer: B, via: C });
    expect(rig.node.isCut(B)).toBe(true);
  });

  test("a doubt whose knock is answered was none", () => {
    const rig = new Rig();
    rig.node.onProbed(B, { kind: "indirect", by: "c" });
    rig.run(500);
    rig.answerKnocks(B, 1_000);
    rig.run(10_000);
    expect([rig.wrong, rig.count("cut"), rig.env.pendingTimersCount]).toEqual([[], 0, 0]);
  });

  test("answers in a row mend it, and the node says so", () => {
    const rig = new Rig();
    rig.node.onProbed(B, { kind: "indirect", by: "c" });
    rig.run(20_000);
    rig.env.taken();
    rig.run(4_000);
    rig.answerKnocks(B, 6_000);
    expect([rig.wrong, rig.count("mended")]).toEqual([[], 1]);
    rig.run(1_000);
    const told = rig.node.rowsOfOthers();
    expect(told).toEqual([]);
  });

  test("a knock of the peer shows that it is heard; an answer of old knocks shows nothing", () => {
    const rig = new Rig();
    rig.node.onProbed(B, { kind: "indirect", by: "c" });
    rig.run(4_000);
    rig.node.onMessage(B, { kind: "knock", nonce: 7, why: "doubt" });
    expect(rig.wrong).toEqual(["b unanswered heard unknown c"]);
    rig.node.onMessage(B, { kind: "answer", nonce: 123_456 });
    expect(rig.count("mended")).toBe(0);
    rig.run(12_000);
    expect(rig.wrong).toEqual(["b unanswered silent unknown c"]);
  });

  test("who knocks is answered, and knocked at, which ends there", () => {
    const rig = new Rig();
    rig.node.onMessage(B, { kind: "knock", nonce: 7, why: "doubt" });
    expect(rig.env.sent).toEqual([{ to: B, message: { kind: "answer", nonce: 7 } }]);
    rig.run(600);
    expect(rig.took("knock").map(({ to, why }) => [to, why])).toEqual([[B, "echo"]]);
    const other = new Rig();
    other.node.onMessage(B, { kind: "knock", nonce: 7, why: "echo" });
    other.run(5_000);
    expect(other.took("knock")).toEqual([]);
  });

  test("a member that nobody reaches is not told of before it should be dead", () => {
    const rig = new Rig();
    rig.node.onProbed(B, { kind: "none" });
    rig.run(10_000);
    expect(rig.wrong).toEqual(["b unanswered silent unknown -"]);
    expect(rig.took("rows")).toEqual([]);
    rig.living.delete(B);
    rig.run(1_000);
    expect([rig.wrong, rig.env.pendingTimersCount]).toEqual([[], 0]);
    const alive = new Rig();
    alive.node.onProbed(B, { kind: "none" });
    alive.run(17_000);
    expect(alive.took("rows").length).toBeGreaterThan(0);
  });

  test("where only streams fail, or only packets, that is what is said", () => {
    const rig = new Rig();
    rig.node.onStream(B, "down");
    rig.run(500);
    rig.answerKnocks(B, 1_000);
    expect(rig.wrong).toEqual(["b answered heard down -"]);
    rig.node.onStream(B, "up");
    expect(rig.wrong).toEqual([]);
    rig.node.onProbed(C, { kind: "stream" });
    rig.run(4_000);
    expect(rig.wrong).toEqual(["c unanswered silent up -"]);
    expect(rig.node.isCut(C)).toBe(false);
  });

  test("that streams pass is not believed for ever, and a stream that speaks renews it", () => {
    const rig = new Rig();
    rig.node.onProbed(B, { kind: "stream" });
    rig.run(4_000);
    rig.node.onStreamHeard(B);
    expect(rig.wrong).toEqual(["b unanswered silent up -"]);
    rig.node.onProbed(B, { kind: "none" });
    expect(rig.wrong).toEqual(["b unanswered silent unknown -"]);
    // It may have been on its way.
    rig.node.onStreamHeard(B);
    expect(rig.node.isCut(B)).toBe(true);
    rig.run(12_000);
    rig.node.onStreamHeard(B);
    expect([rig.wrong, rig.node.isCut(B)]).toEqual([["b unanswered silent up -"], false]);
    rig.run(89_000);
    expect(rig.node.isCut(B)).toBe(false);
    rig.run(2_000);
    expect(rig.node.isCut(B)).toBe(true);
  });

  test("of members that answer no knocks, two probes have to do", () => {
    const rig = new Rig();
    rig.silent.add(B);
    rig.node.onProbed(B, { kind: "indirect", by: "c" });
    rig.run(5_000);
    expect(rig.wrong).toEqual([]);
    rig.node.onProbed(B, { kind: "indirect", by: "d" });
    expect(rig.wrong).toEqual(["b unanswered unknown unknown c"]);
    rig.node.onProbed(B, { kind: "direct" });
    expect(rig.wrong).toEqual([]);
    expect(rig.took("knock")).toEqual([]);
  });

  test("no more rows are kept than a comparison can name", () => {
    expect(reachabilityProblem(reachabilityDefaults)).toBeUndefined();
    const problem = reachabilityProblem({ ...reachabilityDefaults, rowsMaxCount: 2_048 });
    expect(problem).toBe("rowsMaxCount must be below 2048.");
  });

  test("there are only so many", () => {
    const rig = new Rig({ pathsMaxCount: 2 });
    for (const peer of [B, C, D]) rig.node.onProbed(peer, { kind: "none" });
    expect(rig.count("dropped.pathsFull")).toBe(1);
  });
});

describe("rows of others", () => {
  test("spread, the latest of each node, and not those of the dead", () => {
    const rig = new Rig();
    rig.node.onMessage(B, { kind: "rows", rows: [row(C, 2, [{ peer: D }])] });
    rig.node.onMessage(B, { kind: "rows", rows: [row(C, 1)] });
    rig.node.onMessage(B, { kind: "rows", rows: [row(peerId("gone"), 9, [{}])] });
    expect(rig.node.rowsOfOthers()).toMatchObject([{ node: C, seq: 2, paths: [{ peer: D }] }]);
    expect(rig.count("dropped.stranger")).toBe(1);
    rig.run(5_000);
    const sent = rig.took("rows");
    expect(sent.length).toBe(6);
    rig.node.onMessage(B, { kind: "rows", rows: [row(C, 1, [], 2)] });
    expect(rig.node.rowsOfOthers()).toMatchObject([{ node: C, boot: 2, paths: [] }]);
  });

  test("that change all the time are looked at now and then", () => {
    const rig = new Rig({ messagesPerSecond: 10_000 });
    const say = (seq: number, paths: Partial<PathReport>[]) =>
      rig.node.onMessage(B, { kind: "rows", rows: [row(C, seq, paths)] });
    for (let seq = 1; seq <= 100; seq += 1) say(seq, seq % 2 === 0 ? [] : [{ peer: D }]);
    expect(rig.changesCount).toBe(1);
    rig.run(1_000);
    expect(rig.changesCount).toBe(2);
    const many = Array.from({ length: 128 }, (_, at) => ({ peer: peerId(`p${at}`) }));
    const rows: Row[] = [];
    for (let at = 0; at < 32; at += 1) {
      const node = peerId(`q${at}`);
      rig.living.add(node);
      rows.push(row(node, 1, many));
    }
    rig.node.onMessage(B, { kind: "rows", rows });
    expect(rig.changesCount).toBe(3);
    for (let ms = 0; ms < 5_000; ms += 100) {
      say(1_000 + ms, [{ via: ms % 200 === 0 ? A : B }]);
      rig.run(100);
    }
    expect(rig.changesCount).toBe(5);
    say(9_999, []);
    expect(rig.changesCount).toBe(5);
    rig.run(5_000);
    expect(rig.changesCount).toBe(6);
  });

  test("are forgotten when they are not said again; this node says its own again", () => {
    const rig = new Rig();
    rig.node.onProbed(B, { kind: "indirect", by: "c" });
    rig.node.onMessage(B, { kind: "rows", rows: [row(C, 2, [{ peer: D }])] });
    rig.run(95_000);
    expect(rig.node.rowsOfOthers()).toEqual([]);
    const seqs = rig.took("rows").flatMap(({ rows }) => rows.map(({ node, seq }) => [node, seq]));
    expect(Math.max(...seqs.filter(([node]) => node === A).map(([, seq]) => Number(seq)))).toBe(4);
  });

  test("are compared, and what one lacks is sent", () => {
    const rig = new Rig();
    rig.node.onMessage(B, { kind: "rows", rows: [row(C, 2, [{ peer: D }])] });
    rig.env.taken();
    const heads = [{ node: D, boot: 1, seq: 4 }];
    rig.node.onMessage(B, { kind: "heads", why: "ask", heads });
    expect(rig.env.sent).toMatchObject([
      { to: B, message: { kind: "rows", rows: [{ node: C, seq: 2 }] } },
      { to: B, message: { kind: "heads", why: "reply", heads: [{ node: D, seq: 0 }] } },
    ]);
    rig.env.taken();
    const reply = { kind: "heads", why: "reply", heads: [{ node: C, boot: 0, seq: 0 }] } as const;
    rig.node.onMessage(B, reply);
    expect(rig.env.sent).toMatchObject([{ message: { kind: "rows", rows: [{ node: C }] } }]);
  });

  test("of a former life of this node are outdone by its present word", () => {
    const rig = new Rig();
    rig.node.onMessage(B, { kind: "heads", why: "ask", heads: [{ node: A, boot: 4, seq: 9 }] });
    expect(rig.env.sent[0]?.message).toMatchObject({
      kind: "rows",
      rows: [{ node: A, boot: 5, seq: 1, paths: [] }],
    });
    rig.env.taken();
    rig.node.onMessage(C, { kind: "rows", rows: [row(A, 9, [{}], 4)] });
    rig.run(1_000);
    const seqs = rig.took("rows").flatMap(({ rows }) => rows.map(({ seq }) => seq));
    expect(new Set(seqs)).toEqual(new Set([1]));
  });

  test("that claim to be this node's are outdone, absurd ones and floods are dropped", () => {
    const rig = new Rig({ messagesPerSecond: 10 });
    rig.node.onMessage(B, { kind: "rows", rows: [row(A, 40, [{ peer: D }], 5)] });
    rig.run(600);
    expect(rig.took("rows")[0]?.rows[0]).toMatchObject({ node: A, boot: 5, seq: 41, paths: [] });
    rig.node.onMessage(B, { kind: "rows", rows: [row(C, 2 ** 50), row(A, 2 ** 50, [], 5)] });
    expect(rig.count("dropped.absurd")).toBe(2);
    for (let i = 0; i < 30; i += 1) {
      rig.node.onMessage(B, { kind: "knock", nonce: i, why: "echo" });
    }
    expect(rig.count("dropped.tooMany")).toBeGreaterThan(10);
    rig.node.onMessage(peerId("nobody"), { kind: "knock", nonce: 1, why: "doubt" });
    expect(rig.count("dropped.stranger")).toBe(1);
  });
});

describe("the matrix", () => {
  const matrixOf = (own: PathReport[], rows: Row[]) =>
    new Matrix({
      self: A,
      own,
      rows,
      isLiving: (peer) => [A, B, C, D].includes(peer),
      takesPart: (peer) => peer !== D,
      isTried: (peer) => peer !== D,
    });

  test("tells directions apart by what both ends say", () => {
    const heard = row(B, 1, [{ peer: A, hearing: "heard" }]);
    const own = row(A, 1, [{ peer: B, via: C }]).paths as PathReport[];
    const matrix = matrixOf(own, [heard]);
    expect(matrix.cell(A, B)).toMatchObject({ kind: "oneWayOut", via: C, ageMs: 0 });
    expect(matrix.cell(B, A).kind).toBe("oneWayIn");
    expect(matrixOf(own, []).cell(A, B).kind).toBe("indirect");
    expect(matrixOf(own, []).cell(B, A).kind).toBe("direct");
    expect(matrixOf(own, []).isCut(B, A)).toBe(true);
    expect(matrixOf([], [row(B, 1, [{ peer: C }])]).cell(B, C).kind).toBe("none");
    const streams = row(B, 1, [{ peer: C, streams: "up" }]);
    expect(matrixOf([], [streams]).cell(B, C)).toMatchObject({
      kind: "direct",
      packets: "unanswered",
    });
  });

  test("says what nobody knows, and leaves out who is gone", () => {
    const matrix = matrixOf([], [row(C, 1, [{ peer: peerId("gone") }])]);
    expect([matrix.cell(A, D).kind, matrix.cell(D, B).kind, matrix.cell(B, D).kind]).toEqual([
      "unknown",
      "unknown",
      "direct",
    ]);
    expect([...matrix.exceptions()]).toEqual([]);
    const gone = peerId("gone");
    expect([matrix.cell(A, gone).kind, matrix.cell(gone, B).kind]).toEqual(["unknown", "unknown"]);
    expect(matrix.sides([A, B])).toEqual([{ members: [A, B], cutFrom: [] }]);
  });
});
