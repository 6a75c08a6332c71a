/** The trace of docs/protocols/ordered-log.md is what the simulator gives. */
import { expect, test } from "vitest";
import { dotKey } from "../../core/dot.ts";
import type { DotSet } from "../../core/dot-set.ts";
import type { LogServer } from "../../sim/ordered-log/log-server.ts";
import { LogTown } from "../../sim/ordered-log/log-town.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import { decodeEvent } from "./event.ts";
import { decodeCommand, type OrderCommand } from "./order-command.ts";
import type { OrderedLogMessage } from "./ordered-log.messages.ts";

const NAMES = ["a", "b", "c"];

function named(text: string): string {
  return text.replaceAll(/\b([012])#[0-9]+:/g, (_, index: string) => `${NAMES[Number(index)]}:`);
}

function eventsText(events: readonly Uint8Array[]): string {
  const dots = events.flatMap((bytes) => decodeEvent(bytes, 1_000)?.dot ?? []);
  return named(dots.map(dotKey).join(", "));
}

function dotsText(dots: DotSet | readonly { origin: never; seq: number }[]): string {
  return named([...dots].map(dotKey).join(", "));
}

function lineOf(message: OrderedLogMessage): string | undefined {
  switch (message.kind) {
    case "push":
      return `${message.way}: ${eventsText(message.events)}`;
    case "announce":
      return `on my disk: ${named(message.names.map(({ dot }) => dotKey(dot)).join(", "))}`;
    case "ack":
      return `noted ${dotsText(message.noted)}; on a majority ${dotsText(message.safe)}`;
    case "want":
      return named(message.names.map(({ dot }) => dotKey(dot)).join(", "));
    case "fetch":
      return dotsText(message.dots as never);
    case "events":
      return eventsText(message.events);
    default:
      return undefined;
  }
}

function commandText(command: OrderCommand): string {
  if (command.kind !== "batch") return command.kind;
  return named(command.entries.map(({ dot }) => dotKey(dot)).join(", "));
}

class Trace {
  readonly town = new LogTown({
    seed: 6,
    votersCount: 3,
    latency: { kind: "constant", ms: 10 },
    diskLatencyMinMs: 1,
    diskLatencyMaxMs: 1,
    raft: { heartbeatIntervalMs: 400, helloIntervalMs: 2_000 },
  });
  private readonly lines: string[] = [];
  private beganMs = 0;

  run(): string {
    const { simulator } = this.town;
    simulator.runUntil(() => this.town.leader?.raft.raft.isSettled === true, 10_000);
    simulator.runForMs(500);
    this.beganMs = simulator.nowMs;
    const { leader } = this.town;
    const [one, other] = this.town.servers.filter((server) => server !== leader);
    if (one === undefined || other === undefined || leader === undefined) throw new Error("three");
    this.town.watch.onMessage = (from, to, message) => {
      const text = lineOf(message);
      if (text === undefined) return;
      const way = `${NAMES[from.index]} → ${NAMES[Number(to)]}`;
      this.note(`${way}  ${message.kind.padEnd(8)}  ${text}`);
    };
    for (const server of this.town.servers) this.watch(server);
    const { watch } = this.town;
    const onItems = watch.onItems.bind(watch);
    watch.onItems = (server, items) => {
      onItems(server, items);
      const texts = items.map((item) => {
        const what = item.kind === "event" ? named(dotKey(item.dot)) : "note";
        return `${item.place} is ${what}`;
      });
      this.note(`${NAMES[server.node.index]}      told      ${texts.join(", ")}`);
    };
    this.town.append(one, "applied");
    simulator.runForMs(100);
    simulator.network.cut(one.node, other.node);
    simulator.network.cut(other.node, one.node);
    this.town.append(one, "applied");
    this.town.append(leader, "applied");
    simulator.runForMs(80);
    simulator.heal();
    simulator.runForMs(200);
    return this.lines.join("\n");
  }

  private watch(server: LogServer): void {
    const name = NAMES[server.node.index];
    const { onCommand } = server.log;
    server.log.onCommand = (ordered) => {
      const command = decodeCommand(ordered.command);
      if (command !== undefined) this.note(`${name}      ordered   ${commandText(command)}`);
      onCommand.call(server.log, ordered);
    };
  }

  private note(text: string): void {
    const ms = Math.round(this.town.simulator.nowMs - this.beganMs);
    this.lines.push(`${String(ms).padStart(5)} ms  ${text}`.trimEnd());
  }
}

test("docs/protocols/ordered-log.md shows a run as it is", () => {
  expect(shownTrace("protocols/ordered-log.md", "ordered-log")).toBe(new Trace().run());
});
