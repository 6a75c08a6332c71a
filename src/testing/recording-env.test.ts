import { expect, test } from "vitest";
import { AssertionError } from "../core/assert.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { Protocol } from "../core/protocol.ts";
import { RecordingEnv, RecordingLinkEnv, RecordingStreamEnv } from "./recording-env.ts";

type Message = { readonly kind: "hello" };
type Timer = { readonly kind: "round" } | { readonly kind: "late" };
const hello: Message = { kind: "hello" };

class Greeter implements Protocol<Message, Timer> {
  readonly fired: [string, number][] = [];
  private readonly env: RecordingEnv<Message, Timer>;
  constructor(env: RecordingEnv<Message, Timer>) {
    this.env = env;
  }
  start(): void {
    this.env.setTimer({ kind: "round" }, 100);
  }
  stop(): void {}
  onMessage(from: PeerId, message: Message): void {
    this.env.send(from, message);
  }
  onTimer(timer: Timer): void {
    this.fired.push([timer.kind, this.env.now()]);
    if (timer.kind === "round") this.env.setTimer(timer, 100);
  }
}

test("what a protocol asks for is written down in order, once", () => {
  const env = new RecordingEnv<Message, Timer>({ self: "a" });
  const greeter = new Greeter(env);
  greeter.start();
  greeter.onMessage(peerId("b"), hello);
  expect(env.sent).toEqual([{ to: "b", message: hello }]);
  expect(env.taken()).toEqual([
    { setTimer: { kind: "round" }, delayMs: 100 },
    { send: hello, to: "b" },
  ]);
  expect([env.taken(), env.self]).toEqual([[], "a"]);
});

test("timers fire in order of time and then of setting, those set on the way too", () => {
  const env = new RecordingEnv<Message, Timer>({ nowMs: 1_000 });
  const greeter = new Greeter(env);
  greeter.start();
  env.setTimer({ kind: "late" }, 200);
  const never = env.setTimer({ kind: "late" }, 50);
  env.clearTimer(never);
  env.clearTimer(never);
  expect(env.taken().at(-1)).toEqual({ clearTimer: { kind: "late" } });
  env.advance(250, greeter);
  expect(greeter.fired).toEqual([
    ["round", 1_100],
    ["late", 1_200],
    ["round", 1_200],
  ]);
  expect([env.now(), env.pendingTimersCount]).toEqual([1_250, 1]);
});

test("the wall clock follows, and may be stepped back alone", () => {
  const env = new RecordingEnv<Message, Timer>({ wallClockMs: 5_000 });
  env.advance(1.5, new Greeter(env));
  expect([env.now(), env.wallClock()]).toEqual([1.5, 5_001]);
  env.stepWallClock(-3_000);
  expect([env.now(), env.wallClock()]).toEqual([1.5, 2_001]);
});

test("equal seeds throw equal dice; absurd delays are our bugs", () => {
  const [one, other] = [new RecordingEnv({ seed: 3 }), new RecordingEnv({ seed: 3 })];
  expect(one.random.uint32()).toBe(other.random.uint32());
  expect(() => one.setTimer("x", -1)).toThrow(AssertionError);
  expect(() => one.setTimer("x", Number.NaN)).toThrow(AssertionError);
});

test("a protocol that keeps setting timers of 0 ms is caught", () => {
  const env = new RecordingEnv<Message, string>();
  env.setTimer("again", 0);
  expect(() => env.advance(1, { onTimer: () => env.setTimer("again", 0) })).toThrow(AssertionError);
});

test("exchanges and links are written down too", () => {
  const stream = new RecordingStreamEnv<Message, Timer>({ packetMaxBytes: 500 });
  const to = { host: "10.0.0.1", port: 1 };
  const id = stream.exchange(to, hello, 900);
  expect(stream.taken()).toEqual([{ exchange: hello, to, deadlineMs: 900 }]);
  expect([stream.exchanges, stream.packetMaxBytes]).toEqual([[id], 500]);
  const link = new RecordingLinkEnv<Message, Timer>();
  link.openLink(peerId("b"));
  link.closeLink(peerId("b"));
  expect(link.taken()).toEqual([{ openLink: "b" }, { closeLink: "b" }]);
});
