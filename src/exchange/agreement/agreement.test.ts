import { describe, expect, test } from "vitest";
import { makeOrigin, type PeerId, peerId } from "../../core/peer.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type { AgreementMessage } from "./agreement.messages.ts";
import { agreementDefaults } from "./agreement.options.ts";
import { Agreement, type AgreementTimer } from "./agreement.ts";
import { decodeAgreement, encodeAgreement } from "./agreement.wire.ts";

const ours = "00000000000000aa";
const theirs = "00000000000000bb";

function rig(names: readonly string[]) {
  const env = new RecordingEnv<AgreementMessage, AgreementTimer>();
  const counts = new Map<string, number>();
  const state = { digest: ours, agreedCount: 0 };
  const peers: PeerView = {
    size: names.length,
    population: names.length + 1,
    sample: (random, count, out) => {
      const some = random.sampleIndexes(names.length, count);
      some.forEach((index, at) => {
        out[at] = peerId(names[index] ?? "");
      });
      return some.length;
    },
    forEachNeighbour: () => {},
    subscribe: () => {},
  };
  const agreement = new Agreement(
    env,
    {
      peers,
      counters: { add: (name, by = 1) => counts.set(name, (counts.get(name) ?? 0) + by) },
      digest: () => state.digest,
      origin: () => makeOrigin("self", 1),
    },
    agreementDefaults,
  );
  agreement.start();
  const waiter = {
    peersCount: 3,
    onAgreed: () => {
      state.agreedCount += 1;
    },
  };
  const asked = (): { to: PeerId; round: number }[] => {
    const sent = env.sent.map(({ to, message }) => ({ to, round: message.round }));
    env.taken();
    return sent;
  };
  const answer = (from: PeerId, round: number, digest: string): void =>
    agreement.onMessage(from, { kind: "digest", origin: makeOrigin("x", 1), round, digest });
  const advance = (ms: number): void => env.advance(ms, agreement);
  return { env, counts, state, agreement, waiter, asked, answer, advance };
}

describe("agreement", () => {
  test("is reached when all who were asked answer with our digest", () => {
    const { agreement, waiter, asked, answer, advance, state } = rig(["a", "b", "c", "d"]);
    agreement.wait(waiter);
    advance(0);
    const round = asked();
    expect(round.length).toBe(3);
    for (const { to, round: number } of round) {
      expect(state.agreedCount).toBe(0);
      answer(to, number, ours);
    }
    expect(state.agreedCount).toBe(1);
    advance(10_000);
    expect(asked()).toEqual([]);
  });

  test("one who differs is not enough; the next round asks anew", () => {
    const { agreement, waiter, asked, answer, advance, state } = rig(["a", "b"]);
    agreement.wait(waiter);
    advance(0);
    const [first, second] = asked();
    if (first === undefined || second === undefined) throw new Error("two peers are asked");
    answer(first.to, first.round, ours);
    answer(second.to, second.round, theirs);
    expect(state.agreedCount).toBe(0);
    state.digest = theirs;
    advance(100);
    for (const { to, round } of asked()) answer(to, round, theirs);
    expect(state.agreedCount).toBe(1);
  });

  test("answers that are late, double or from strangers do not count", () => {
    const { agreement, waiter, asked, answer, advance, state, counts } = rig(["a", "b"]);
    agreement.wait(waiter);
    advance(0);
    const [first] = asked();
    if (first === undefined) throw new Error("somebody is asked");
    answer(first.to, first.round, ours);
    answer(first.to, first.round, ours);
    answer(peerId("stranger"), first.round, ours);
    answer(peerId("b"), first.round + 7, ours);
    expect(state.agreedCount).toBe(0);
    expect(counts.get("agreement.dropped.stale")).toBe(2);
  });

  test("only who is silent is asked again, and others after a while", () => {
    const { agreement, waiter, asked, advance, answer, state } = rig(["a", "b"]);
    agreement.wait(waiter);
    advance(0);
    const [first, second] = asked();
    if (first === undefined || second === undefined) throw new Error("two peers are asked");
    answer(first.to, first.round, ours);
    advance(200);
    expect(asked()).toEqual([]);
    advance(100);
    expect(asked()).toEqual([second]);
    advance(600);
    expect(asked()).toEqual([second, second]);
    advance(200);
    const others = asked();
    expect(others.map(({ round }) => round)).toEqual([2, 2]);
    // What was asked again is the same question: either answer will do.
    for (const { to, round } of others) answer(to, round, ours);
    answer(second.to, second.round, theirs);
    expect(state.agreedCount).toBe(1);
  });

  test("with nobody to ask, the membership must stand still for a second", () => {
    const { agreement, waiter, advance, state } = rig([]);
    agreement.wait(waiter);
    advance(600);
    state.digest = theirs;
    advance(900);
    expect(state.agreedCount).toBe(0);
    advance(300);
    expect(state.agreedCount).toBe(1);
  });

  test("every node answers, whether it waits or not; who forgets is not told", () => {
    const { agreement, waiter, env, advance, state } = rig([]);
    agreement.onMessage(peerId("a"), { kind: "ask", origin: makeOrigin("a", 1), round: 9 });
    expect(env.sent).toEqual([
      { to: "a", message: { kind: "digest", origin: "self#1", round: 9, digest: ours } },
    ]);
    agreement.wait(waiter);
    agreement.forget(waiter);
    advance(10_000);
    expect(state.agreedCount).toBe(0);
    expect(env.pendingTimersCount).toBe(0);
  });
});

test("both messages make the round trip; other bytes are none", () => {
  const origin = makeOrigin("p", 3);
  const messages: AgreementMessage[] = [
    { kind: "ask", origin, round: 4_294_967_295 },
    { kind: "digest", origin, round: 1, digest: "0123456789abcdef" },
  ];
  for (const message of messages) {
    const frame = encodeAgreement(message);
    const body = frame.subarray(frame.length - (message.kind === "ask" ? 5 : 13));
    expect(decodeAgreement(origin, body)).toEqual(message);
    expect(decodeAgreement(origin, body.subarray(0, body.length - 1))).toBeUndefined();
  }
  expect(decodeAgreement(origin, Uint8Array.of(9, 0, 0, 0, 0))).toBeUndefined();
});
