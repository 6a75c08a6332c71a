/** The trace of docs/protocols/heartbeat.md is what the machine does. */
import { expect, test } from "vitest";
import { peerId } from "../../core/peer.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import { RecordingEnv } from "../../testing/recording-env.ts";
import { StaticView } from "../static/static-view.ts";
import type { HeartbeatMessage } from "./heartbeat.messages.ts";
import { heartbeatOptions } from "./heartbeat.options.ts";
import { Heartbeats, type HeartbeatTimer } from "./heartbeat.ts";
import { heartbeatSizes } from "./heartbeat.wire.ts";
import { SilenceDetector } from "./silence-detector.ts";

const counters = { add: () => undefined };
const options = heartbeatOptions({ failAfterMs: 3_000, cleanupAfterMs: 0 });
const CLUSTER = { membersCount: () => 3, entryBytes: 8 };

class TaleNode {
  readonly env: RecordingEnv<HeartbeatMessage, HeartbeatTimer>;
  readonly view: StaticView;
  readonly detector: SilenceDetector;
  readonly beats: Heartbeats;

  constructor(name: string, wallClockMs: number) {
    this.env = new RecordingEnv({ self: name, wallClockMs, seed: 1 });
    this.view = new StaticView(peerId(name));
    const told = { now: () => this.env.now(), afterStep: (run: () => void) => run(), counters };
    this.detector = new SilenceDetector(told, options, CLUSTER);
    const { detector, view } = this;
    const wiring = { peers: view, detector, sizes: heartbeatSizes, counters };
    this.beats = new Heartbeats(this.env, wiring, options);
    this.beats.start();
  }

  /** One round, in which it can only tell `to`. */
  round(to: string | undefined): HeartbeatMessage | undefined {
    if (to !== undefined) this.view.add(peerId(to));
    this.env.taken();
    this.env.advance(1_000, this.beats);
    if (to !== undefined) this.view.remove(peerId(to));
    return this.env.sent[0]?.message;
  }
}

class Tale {
  readonly lines: string[] = [];
  private readonly nodes = new Map<string, TaleNode>();
  private seconds = 0;

  add(name: string, wallClockMs: number): void {
    this.nodes.set(name, new TaleNode(name, wallClockMs));
  }

  crash(name: string): void {
    this.nodes.delete(name);
    this.lines.push(`      ${name} crashes`);
  }

  /** A second, in which each of these tells one other. */
  second(...turns: readonly (readonly [from: string, to: string])[]): void {
    this.seconds += 1;
    const told = new Map(turns);
    const sent = [...this.nodes].map(([from, node]) => {
      return { from, to: told.get(from), message: node.round(told.get(from)) };
    });
    for (const { from, message, to = "" } of sent) {
      if (message === undefined) continue;
      this.nodes.get(to)?.beats.onMessage(peerId(from), message);
      const said = message.entries.map(({ beat, peer }) => `${peer} ${beat}`).join(", ");
      this.lines.push(`${String(this.seconds).padStart(2)} s  ${from} → ${to}  ${said}`);
    }
    const verdicts = [...this.nodes].map(([name, { detector }]) => {
      const others = ["a", "b", "c"].filter((other) => other !== name);
      const said = others.map((other) => `${other} ${detector.statusOf(peerId(other))}`);
      return `${name}: ${said.join(", ")}`;
    });
    this.lines.push(`      ${verdicts.join("   ")}`);
  }
}

function tell(): string[] {
  const tale = new Tale();
  for (const [index, name] of ["a", "b", "c"].entries()) tale.add(name, 100 * (index + 1));
  tale.second(["a", "b"], ["b", "c"], ["c", "a"]);
  tale.second(["a", "c"], ["b", "a"], ["c", "b"]);
  tale.crash("c");
  tale.second(["a", "b"], ["b", "a"]);
  tale.second(["a", "b"], ["b", "a"]);
  tale.second(["a", "b"], ["b", "a"]);
  tale.second(["a", "b"], ["b", "a"]);
  tale.second(["a", "b"], ["b", "a"]);
  tale.second(["a", "b"], ["b", "a"]);
  tale.second(["a", "b"], ["b", "a"]);
  tale.add("c", 900);
  tale.lines.push("      c is started again, at 900 ms of its wall clock");
  tale.second(["c", "a"], ["a", "b"]);
  return tale.lines;
}

test("the trace is as the page says", () => {
  const shown = shownTrace("protocols/heartbeat.md", "heartbeats");
  expect(shown.split("\n")).toEqual(tell().map((line) => line.trimEnd()));
});
