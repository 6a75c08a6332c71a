/** The traces of docs/protocols/aggregation.md are what the machines do. */
import { expect, test } from "vitest";
import { peerId } from "../../core/peer.ts";
import { RigOutbox, RigWiring } from "../../testing/aggregation-rig.ts";
import { shownTrace } from "../../testing/page-rig.ts";
import type { Machine } from "./aggregate.contract.ts";
import type { AggregatePart } from "./aggregate.messages.ts";
import { aggregateOptions } from "./aggregate.options.ts";
import { FlowUpdating } from "./flow-updating.ts";
import { PushPull } from "./push-pull.ts";

const options = aggregateOptions();

/** Nodes that say what they have after each message. */
class Tale<M extends Machine> {
  readonly lines: string[] = [];
  private readonly nodes = new Map<string, { machine: M; wiring: RigWiring }>();
  private readonly show: (machine: M) => string;

  constructor(
    values: Readonly<Record<string, number>>,
    make: (wiring: RigWiring, value: number) => M,
    show: (machine: M) => string,
  ) {
    this.show = show;
    for (const [name, value] of Object.entries(values)) {
      const wiring = new RigWiring(name);
      const machine = make(wiring, value);
      machine.onEpoch(1, "begins");
      this.nodes.set(name, { machine, wiring });
    }
    this.state("at first");
  }

  of(name: string): M {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(name);
    return node.machine;
  }

  /** `from` turns to `to`; the messages of these numbers are lost. */
  turn(from: string, to: string, ...lost: readonly number[]): void {
    const out = new RigOutbox();
    this.of(from).onTurn(peerId(to), out);
    this.follow(from, out, lost);
  }

  rounds(name: string): void {
    const out = new RigOutbox();
    for (const { wiring } of this.nodes.values()) wiring.nowMs += 500;
    this.of(name).onRound(out);
    this.follow(name, out, []);
  }

  state(what: string): void {
    const shown = [...this.nodes].map(([name, { machine }]) => `${name} ${this.show(machine)}`);
    this.lines.push(`${what.padEnd(38)}${shown.join("   ")}`);
  }

  private follow(from: string, first: RigOutbox, lost: readonly number[]): void {
    let speaker = from;
    let out = first;
    for (let number = 1; ; number += 1) {
      const [sent] = out.taken();
      if (sent === undefined) return;
      const to = String(sent.to);
      const text = `${speaker} → ${to}  ${said(sent.part)}`;
      if (lost.includes(number)) return this.state(`${text}  (lost)`);
      out = new RigOutbox();
      this.of(to).onPart(peerId(speaker), sent.part, out);
      this.state(text);
      speaker = to;
    }
  }
}

function said(part: AggregatePart): string {
  if (part.kind === "flow") return `${part.step} flow ${part.flow[0]}, has ${part.estimate[0]}`;
  if (part.kind !== "average") return part.kind;
  return "values" in part ? `${part.step} ${part.values[0]}` : part.step;
}

const tales: Readonly<Record<string, () => readonly string[]>> = {
  flow: () => {
    const tale = new Tale(
      { a: 0, b: 8, c: 20 },
      (wiring, value) => new FlowUpdating({ task: "x", wiring, options, input: [value] }),
      (machine) => String(machine.estimate()[0]),
    );
    tale.turn("a", "b");
    tale.turn("b", "c", 2);
    tale.turn("b", "c");
    tale.turn("a", "b");
    tale.of("a").setInput([12]);
    tale.state("a's own number is 12 now");
    tale.turn("a", "b");
    tale.of("b").onPeerDown(peerId("c"));
    tale.state("c is gone");
    tale.turn("b", "a");
    return tale.lines;
  },
  commit: () => {
    const tale = new Tale(
      { a: 0, b: 8 },
      (wiring, value) => new PushPull({ task: "x", wiring, options, begin: () => [value] }),
      (machine) => String(machine.held[0]),
    );
    tale.turn("a", "b", 3);
    tale.rounds("b");
    return tale.lines;
  },
};

test.each(Object.keys(tales))("the trace of %s is as the page says", (name) => {
  const shown = shownTrace("protocols/aggregation.md", name);
  expect(shown.split("\n")).toEqual(tales[name]?.().map((line) => line.trimEnd()));
});
