import { describe, expect, test } from "vitest";
import { type Address, addressKey } from "../../core/address.ts";
import { resolveOptions } from "../../core/options.ts";
import { peerId } from "../../core/peer.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { SuccessionMessage, SuccessionTimer } from "./succession.messages.ts";
import { successionDefaults } from "./succession.options.ts";
import { Succession } from "./succession.ts";

const holder: Address = { host: "10.0.0.9", port: 7946 };
const member: Address = { host: "10.0.0.2", port: 7946 };

class Bench {
  readonly env = new RecordingEnv<SuccessionMessage, SuccessionTimer, Address>({ self: "p2" });
  takenCount = 0;
  readonly succession: Succession;

  constructor(membersCount = 1) {
    this.succession = new Succession(
      this.env,
      {
        view: {
          size: membersCount,
          population: membersCount + 1,
          sample: (_random, _count, out) => {
            if (membersCount > 0) out[0] = peerId("a");
            return Math.min(1, membersCount);
          },
          forEachNeighbour: () => {},
          subscribe: () => {},
        },
        counters: { add: () => {} },
        addressOf: () => member,
        onNameTaken: () => {
          this.takenCount += 1;
        },
      },
      resolveOptions("succession", successionDefaults),
    );
    this.succession.start();
  }

  /** What was sent since last asked. */
  sent(): string[] {
    const { sent } = this.env;
    this.env.taken();
    return sent.map(({ to, message }) => `${message.kind} ${addressKey(to)}`);
  }

  /** A holder that does not answer, and a conflict in every reply to a rejoin. */
  silentFor(durationMs: number): void {
    for (let passed = 0; passed < durationMs; passed += 1_000) {
      this.env.advance(1_000, this.succession);
      for (const line of this.sent()) {
        if (line.startsWith("ask")) this.succession.onAnswer(holder, "silent");
        else this.succession.onConflict(holder);
      }
    }
  }
}

describe("a node whose name another holds", () => {
  test("asks it, once for many conflicts", () => {
    const bench = new Bench();
    for (let i = 0; i < 5; i += 1) bench.succession.onConflict(holder);
    expect(bench.sent()).toEqual(["ask 10.0.0.9:7946"]);
  });

  test("gives way when it lives and the vote is for it, whichever is known first", () => {
    const voteFirst = new Bench();
    voteFirst.succession.onConflict(holder);
    voteFirst.succession.onVoteLost();
    expect(voteFirst.takenCount).toBe(0);
    voteFirst.succession.onAnswer(holder, "answered");
    voteFirst.succession.onVoteLost();
    expect(voteFirst.takenCount).toBe(1);
    const answerFirst = new Bench();
    answerFirst.succession.onConflict(holder);
    answerFirst.succession.onAnswer(holder, "answered");
    expect(answerFirst.takenCount).toBe(0);
    answerFirst.succession.onVoteLost();
    expect(answerFirst.takenCount).toBe(1);
  });

  test("stays when it is silent, and knocks at others until nothing is heard of it", () => {
    const bench = new Bench();
    bench.succession.onConflict(holder);
    bench.sent();
    bench.succession.onAnswer(holder, "silent");
    bench.succession.onVoteLost();
    bench.env.advance(20_000, bench.succession);
    const knocks = bench.sent();
    expect(new Set(knocks)).toEqual(new Set(["rejoin 10.0.0.2:7946"]));
    expect(knocks.length).toBeGreaterThan(3);
    bench.env.advance(600_000, bench.succession);
    expect(bench.sent().length).toBeLessThan(40);
    expect([bench.env.pendingTimersCount, bench.takenCount]).toEqual([0, 0]);
  });

  test("gives way after long to one that neither answers nor is found dead", () => {
    const bench = new Bench();
    bench.succession.onConflict(holder);
    bench.sent();
    bench.succession.onAnswer(holder, "silent");
    bench.succession.onVoteLost();
    bench.silentFor(590_000);
    expect(bench.takenCount).toBe(0);
    bench.silentFor(30_000);
    bench.succession.onVoteLost();
    expect(bench.takenCount).toBe(1);
  });

  test("asks again when it shows up again, and gives way if it lives after all", () => {
    const bench = new Bench();
    bench.succession.onConflict(holder);
    bench.succession.onAnswer(holder, "silent");
    bench.succession.onVoteLost();
    bench.sent();
    bench.env.advance(3_000, bench.succession);
    bench.succession.onConflict(holder);
    expect(bench.sent()).toContain("ask 10.0.0.9:7946");
    bench.succession.onAnswer(holder, "answered");
    expect(bench.takenCount).toBe(1);
  });

  test("takes a lost vote for what it was about: another holder has to be asked first", () => {
    const bench = new Bench();
    bench.succession.onConflict(holder);
    bench.succession.onVoteLost();
    bench.succession.onConflict(member);
    bench.succession.onAnswer(holder, "answered");
    bench.succession.onAnswer(member, "answered");
    expect(bench.takenCount).toBe(0);
  });

  test("knocks at nobody when there is nobody, or when it has stopped", () => {
    const alone = new Bench(0);
    alone.succession.onConflict(holder);
    alone.succession.onAnswer(holder, "silent");
    alone.sent();
    alone.env.advance(30_000, alone.succession);
    expect(alone.sent()).toEqual([]);
    const stopped = new Bench();
    stopped.succession.stop();
    stopped.succession.onConflict(holder);
    expect(stopped.sent()).toEqual([]);
  });
});
