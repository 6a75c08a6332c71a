import { describe, expect, it, test } from "vitest";
import { type PeerId, peerId } from "../../core/peer.ts";
import { peerViewContract } from "../../testing/peer-view-contract.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import type {
  AnswerMessage,
  Descriptor,
  OfferMessage,
  SamplingMessage,
} from "./sampling.messages.ts";
import { type SamplingOptions, samplingOptions, samplingPresets } from "./sampling.options.ts";
import { Sampling, type SamplingTimer } from "./sampling.ts";

const data = Uint8Array.of(1);
const name = (number: number): PeerId => peerId(`p${number}`);
const told = (number: number, age = 0): Descriptor => ({ peer: name(number), age, data });

function rig(given: Partial<SamplingOptions> = {}) {
  const env = new RecordingEnv<SamplingMessage, SamplingTimer>();
  const counts = new Map<string, number>();
  const counters = {
    add: (count: string, by = 1): void => {
      counts.set(count, (counts.get(count) ?? 0) + by);
    },
  };
  const options = samplingOptions({ roundJitterRatio: 0, ...given });
  const wiring = { data: Uint8Array.of(9), afterStep: (body: () => void) => body(), counters };
  const sampling = new Sampling(env, wiring, options);
  sampling.start();
  // To the first round, in which there is nobody: a test then turns the clock by whole rounds.
  const [first] = env.taken();
  if (first !== undefined && "setTimer" in first) env.advance(first.delayMs, sampling);
  const offer = (from: PeerId, descriptors: readonly Descriptor[], more = {}): void => {
    const rest = { goodbyes: [], sketch: [], ...more };
    sampling.onMessage(from, { kind: "offer", token: 1, answer: "none", descriptors, ...rest });
  };
  const rounds = (count: number): void =>
    env.advance(count * options.roundIntervalMs + 1, sampling);
  const names = (): string[] =>
    sampling
      .descriptors()
      .map(({ peer }) => String(peer))
      .sort();
  return { env, counts, sampling, offer, rounds, names };
}

function offersTo(env: RecordingEnv<SamplingMessage, SamplingTimer>): [string, OfferMessage][] {
  return env.sent.flatMap(({ message, to }) =>
    message.kind === "offer" ? [[String(to), message] as [string, OfferMessage]] : [],
  );
}

function answerTo({ token }: OfferMessage, descriptors: readonly Descriptor[]): AnswerMessage {
  return { kind: "answer", token, descriptors, goodbyes: [], sketch: [] };
}

const settings = { default: {}, ...samplingPresets };
for (const [preset, given] of Object.entries(settings)) {
  peerViewContract(
    { describe, test },
    `peer sampling, ${preset}`,
    () => {
      const { sampling, offer } = rig(given);
      let joined = 0;
      return {
        view: sampling,
        self: peerId("self"),
        join() {
          joined += 1;
          offer(name(joined), [told(joined)]);
          return name(joined);
        },
        leave: (peer) => sampling.onMessage(peer, { kind: "goodbye" }),
      };
    },
    { capacity: 30 },
  );
}

describe("an exchange", () => {
  it("tells of itself and of others, takes the answer, and keeps its bound", () => {
    const { env, offer, rounds, sampling } = rig({ viewMaxCount: 4, exchangeMaxCount: 3 });
    offer(name(1), [told(1), told(2), told(3), told(4)]);
    rounds(1);
    const [to, first] = offersTo(env)[0] ?? ["", undefined];
    expect(first?.descriptors).toHaveLength(3);
    expect(first?.descriptors[0]).toEqual({
      peer: peerId("self"),
      age: 0,
      data: Uint8Array.of(9),
    });
    if (first === undefined) return;
    sampling.onMessage(peerId(to), answerTo(first, [told(5), told(6), told(7)]));
    expect(sampling.size).toBe(4);
    expect(
      sampling.dataOf(name(5)) ?? sampling.dataOf(name(6)) ?? sampling.dataOf(name(7)),
    ).toEqual(data);
  });

  it("takes an answer from whom it asked, once", () => {
    const { counts, env, offer, rounds, sampling, names } = rig();
    offer(name(1), [told(1)]);
    rounds(1);
    const [, asked] = offersTo(env)[0] ?? ["", undefined];
    if (asked === undefined) throw new Error("nobody was asked");
    sampling.onMessage(name(2), answerTo(asked, [told(2)]));
    sampling.onMessage(name(1), answerTo({ ...asked, token: 7 }, [told(2)]));
    expect(names()).toEqual(["p1"]);
    sampling.onMessage(name(1), answerTo(asked, [told(3)]));
    sampling.onMessage(name(1), answerTo(asked, [told(4)]));
    expect(names()).toEqual(["p1", "p3"]);
    expect(counts.get("sampling.dropped.unasked")).toBe(3);
  });

  it("asks the oldest or the youngest, as it is told", () => {
    for (const [peerSelection, expected] of [
      ["tail", "p3"],
      ["head", "p2"],
    ] as const) {
      const { env, offer, rounds } = rig({ peerSelection });
      offer(name(9), [told(1, 5), told(2, 1), told(3, 9)]);
      rounds(1);
      expect(offersTo(env)[0]?.[0]).toBe(expected);
    }
  });

  it("sends what it is told to send: push wants no answer, pull tells nothing", () => {
    for (const [propagation, count, answer] of [
      ["push", 2, "none"],
      ["pull", 0, "wanted"],
    ] as const) {
      const { env, offer, rounds } = rig({ propagation });
      offer(name(1), [told(1), told(2)]);
      rounds(1);
      const [, asked] = offersTo(env)[0] ?? ["", undefined];
      expect([asked?.descriptors.length, asked?.answer]).toEqual([count, answer]);
    }
  });

  it("answers half of its view, and knows the asker then", () => {
    const { env, sampling, offer, names } = rig();
    offer(name(1), [told(1), told(2)]);
    offer(name(3), [told(3)], { answer: "wanted", token: 77 });
    const [answer] = env.sent.map(({ message }) => message);
    expect(answer).toMatchObject({ kind: "answer", token: 77 });
    const peers = answer?.kind === "answer" ? answer.descriptors.map(({ peer }) => peer) : [];
    expect(new Set(peers)).toEqual(new Set(["p1", "p2", "self"]));
    expect(names()).toEqual(["p1", "p2", "p3"]);
    expect(sampling.size).toBe(3);
  });

  it("lets the oldest go by H, what it sent by S, the youngest stay by head", () => {
    const old = [told(1, 9), told(2, 8), told(3, 1), told(4, 1)];
    const healer = rig({ viewMaxCount: 4, healCount: 2, swapCount: 0 });
    healer.offer(name(9), old);
    healer.offer(name(5), [told(5, 2), told(6, 2)]);
    expect(healer.names()).toEqual(["p3", "p4", "p5", "p6"]);

    const swapper = rig({ viewMaxCount: 4, healCount: 0, swapCount: 9, exchangeMaxCount: 3 });
    swapper.offer(name(9), old);
    swapper.offer(name(5), [told(5), told(6)], { answer: "wanted" });
    const sent = swapper.env.sent.flatMap(({ message }) =>
      message.kind === "answer" ? message.descriptors.map(({ peer }) => String(peer)) : [],
    );
    const kept = ["p1", "p2", "p3", "p4"].filter((one) => !sent.includes(one));
    expect(swapper.names()).toEqual([...kept, "p5", "p6"].sort());

    const head = rig({ viewMaxCount: 4, viewSelection: "head" });
    head.offer(name(9), old);
    head.offer(name(5), [told(5, 0), told(6, 50)]);
    expect(head.names()).toEqual(["p2", "p3", "p4", "p5"]);
    const tail = rig({ viewMaxCount: 4, viewSelection: "tail" });
    tail.offer(name(9), old);
    tail.offer(name(5), [told(5, 0), told(6, 50)]);
    expect(tail.names()).toContain("p6");
    expect(tail.names()).not.toContain("p5");
  });
});

describe("who comes and goes", () => {
  it("asks its contacts in turn until somebody is there, and then now and then", () => {
    const { env, offer, rounds, sampling } = rig({ contactEveryCount: 4 });
    sampling.join([peerId("a:1"), peerId("b:1"), peerId("self")]);
    expect(offersTo(env).map(([to]) => to)).toEqual(["a:1", "b:1"]);
    rounds(3);
    expect(offersTo(env).map(([to]) => to)).toEqual(["a:1", "b:1", "a:1", "b:1", "a:1"]);
    rounds(3);
    offer(name(1), [told(1)]);
    env.taken();
    rounds(1);
    expect(
      offersTo(env)
        .map(([to]) => to)
        .sort(),
    ).toEqual(["a:1", "p1"]);
  });

  it("takes the answer of a contact by whatever name it comes", () => {
    const { env, names, sampling } = rig();
    sampling.join([peerId("a:1")]);
    const [, asked] = offersTo(env)[0] ?? ["", undefined];
    if (asked !== undefined) sampling.onMessage(name(1), answerTo(asked, [told(1)]));
    expect(names()).toEqual(["p1"]);
  });

  it("drops a silent peer, and takes it back for a younger descriptor only", () => {
    const { counts, names, offer, rounds, sampling } = rig({ peerSelection: "tail" });
    offer(name(2), [told(1, 3), told(2)]);
    rounds(1);
    expect(names()).toEqual(["p1", "p2"]);
    rounds(1);
    expect(names()).not.toContain("p1");
    expect(counts.get("sampling.silent")).toBe(1);
    offer(name(3), [told(1, 2)]);
    expect(names()).not.toContain("p1");
    offer(name(3), [told(1, 0)]);
    expect(names()).toContain("p1");
    expect(sampling.dataOf(name(77))).toBeUndefined();
  });

  it("keeps a silent peer where silence is ignored, until its descriptor is too old", () => {
    const { names, offer, rounds } = rig({ silence: "ignored", entryMaxCount: 10 });
    offer(name(1), [told(1)]);
    rounds(9);
    expect(names()).toEqual(["p1"]);
    rounds(3);
    expect(names()).toEqual([]);
  });

  it("passes a goodbye on, and is not talked out of it", () => {
    const { env, names, offer, rounds, sampling } = rig();
    offer(name(1), [told(1), told(2)]);
    sampling.onMessage(name(2), { kind: "goodbye" });
    expect(names()).toEqual(["p1"]);
    offer(name(1), [told(1), told(2, 1)]);
    expect(names()).toEqual(["p1"]);
    rounds(1);
    expect(offersTo(env).at(-1)?.[1].goodbyes).toEqual([{ peer: "p2", age: 1 }]);
    // It came back: what it says itself is younger than its end.
    offer(name(2), [told(2)]);
    expect(names()).toContain("p2");
    // Somebody else heard of an end that was later still, and of this node's own.
    offer(name(1), [told(1)], { goodbyes: [told(2), { peer: peerId("self"), age: 0 }] });
    expect(names()).toEqual(["p1"]);
  });

  it("says goodbye to all its peers", () => {
    const { env, offer, sampling } = rig();
    offer(name(1), [told(1), told(2)]);
    sampling.leave();
    sampling.stop();
    expect(env.sent.filter(({ message }) => message.kind === "goodbye")).toHaveLength(2);
    expect(env.pendingTimersCount).toBe(0);
  });

  it("keeps out who is banned until it is admitted", () => {
    const { counts, names, offer, sampling } = rig();
    offer(name(1), [told(1), told(2)]);
    sampling.ban(name(2));
    offer(name(1), [told(1), told(2)]);
    offer(name(2), [told(2), told(3)]);
    expect(names()).toEqual(["p1"]);
    expect(counts.get("sampling.dropped.banned")).toBe(1);
    sampling.admit(name(2));
    offer(name(2), [told(2)]);
    expect(names()).toEqual(["p1", "p2"]);
  });
});

describe("bounds", () => {
  it("takes so many offers of a peer in a round, and so many of all", () => {
    const { counts, offer, rounds, names } = rig({ peerOffersMaxCount: 2, offersMaxCount: 4 });
    for (let count = 0; count < 3; count += 1) offer(name(1), [told(1)]);
    expect(counts.get("sampling.dropped.budget")).toBe(1);
    for (let number = 2; number < 5; number += 1) offer(name(number), [told(number)]);
    expect(names()).toEqual(["p1", "p2"]);
    rounds(2);
    offer(name(3), [told(3)]);
    expect(names()).toContain("p3");
  });

  it("reads no more descriptors than a view has, and keeps no more contacts than allowed", () => {
    const { counts, offer, sampling } = rig({ viewMaxCount: 5, contactsMaxCount: 2 });
    offer(
      name(1),
      Array.from({ length: 100 }, (_, number) => told(number)),
    );
    expect(sampling.size).toBe(5);
    expect(counts.get("sampling.dropped.excess")).toBe(94);
    sampling.join([peerId("a:1"), peerId("b:1"), peerId("c:1")]);
    expect(counts.get("sampling.dropped.contacts")).toBe(1);
  });

  it("drops what it is said to have sent itself", () => {
    const { counts, offer, sampling } = rig();
    offer(peerId("self"), [told(1)]);
    expect(sampling.size).toBe(0);
    expect(counts.get("sampling.dropped.self")).toBe(1);
  });
});
