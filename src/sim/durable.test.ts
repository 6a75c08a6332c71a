import { describe, expect, it } from "vitest";
import type { DurableEnv, JournalPosition } from "../core/env.ts";
import { type PeerId, peerId } from "../core/peer.ts";
import type { DurableProtocol, DurableRecord } from "../core/protocol.ts";
import { decodeUtf8, encodeUtf8 } from "../core/text.ts";
import { mountDurable, SimDurableEnv } from "./sim-durable-env.ts";
import { Simulator } from "./simulator.ts";

const codec = { encode: encodeUtf8, decode: decodeUtf8 };
const DISK_MS = 10;

class Notes implements DurableProtocol<string, string, string> {
  readonly env: DurableEnv<string, string, string>;
  readonly heard: string[] = [];
  readonly kept: string[] = [];
  lastPosition = 0 as JournalPosition;

  constructor(env: DurableEnv<string, string, string>) {
    this.env = env;
  }
  recover(snapshot: Uint8Array | undefined, tail: readonly DurableRecord<string>[]): void {
    if (snapshot !== undefined) this.kept.push(`snapshot ${decodeUtf8(snapshot)}`);
    for (const { position, record } of tail) {
      this.kept.push(record);
      this.lastPosition = position;
    }
  }
  start(): void {}
  stop(): void {}
  onTimer(): void {}
  onMessage(from: PeerId, message: string): void {
    this.heard.push(`${Math.round(this.env.now())} ${from}: ${message}`);
  }
  onDurable(position: JournalPosition): void {
    this.heard.push(`${Math.round(this.env.now())} durable ${position}`);
  }
  onSnapshot(upTo: JournalPosition): void {
    this.heard.push(`snapshot up to ${upTo}`);
  }
}

function bench() {
  const simulator = new Simulator({
    seed: 1,
    latency: { kind: "constant", ms: 1 },
    diskLatencyMinMs: DISK_MS,
    diskLatencyMaxMs: DISK_MS,
  });
  const lives: Notes[] = [];
  const add = () =>
    simulator.add((node) => {
      const open = (place: number) => new SimDurableEnv<string, string, string>(node, place, codec);
      const notes = mountDurable(node, "notes", open, (env) => new Notes(env));
      lives[node.index] = notes;
    });
  return { simulator, lives, nodes: [add(), add()] as const };
}

describe("DurableEnv of the simulator", () => {
  it("sends when all that was appended before is durable, in order; sendNow at once", () => {
    const { lives, nodes, simulator } = bench();
    const [writer, reader] = [lives[0], lives[1]];
    if (!(writer && reader)) throw new Error("two nodes");
    const to = peerId(1);
    nodes[0].step(() => {
      writer.env.send(to, "nothing to wait for");
      writer.env.append("a");
      writer.env.send(to, "a is durable");
      writer.env.sendNow(to, "now");
    });
    simulator.runForMs(1);
    // Nothing is appended in this step, but what it says may rest on the one before.
    nodes[0].step(() => writer.env.send(to, "so is it here"));
    simulator.runForMs(100);
    // A new file, an append and a sync.
    const at = 3 * DISK_MS;
    expect(writer.heard).toEqual([`${at} durable 1`]);
    expect(reader.heard).toEqual([
      "1 0: nothing to wait for",
      "1 0: now",
      `${at + 1} 0: a is durable`,
      `${at + 1} 0: so is it here`,
    ]);
  });

  it("after a crash there is what was durable, and nothing sent that was not", () => {
    const { lives, nodes, simulator } = bench();
    const [node] = nodes;
    node.step(() => lives[0]?.env.append("kept"));
    simulator.runForMs(100);
    node.step(() => {
      lives[0]?.env.append("lost");
      lives[0]?.env.send(peerId(1), "lost is durable");
    });
    simulator.crash(node, "machine");
    simulator.restart(node);
    simulator.runForMs(100);
    expect(lives[0]?.kept).toEqual(["kept"]);
    expect(lives[1]?.heard).toEqual([]);
  });

  it("a snapshot takes the place of what came before it, once that is told", () => {
    const { lives, nodes, simulator } = bench();
    const [node] = nodes;
    const positions: JournalPosition[] = [];
    node.step(() => {
      for (const record of ["a", "b", "c"]) {
        const position = lives[0]?.env.append(record);
        if (position !== undefined) positions.push(position);
      }
    });
    const second = positions[1] ?? (0 as JournalPosition);
    node.step(() => lives[0]?.env.snapshot(encodeUtf8("a and b"), second));
    simulator.runForMs(200);
    expect(lives[0]?.heard).toContain(`snapshot up to ${second}`);
    simulator.crash(node, "machine");
    simulator.restart(node);
    expect(lives[0]?.kept).toEqual(["snapshot a and b", "c"]);
    expect(lives[0]?.lastPosition).toBe(positions[2]);
    node.step(() => lives[0]?.env.truncateAfter(second));
    simulator.runForMs(100);
    simulator.crash(node, "machine");
    simulator.restart(node);
    expect(lives[0]?.kept).toEqual(["snapshot a and b"]);
    simulator.crash(node, "machine");
    simulator.restart(node, { disk: "lost" });
    expect(lives[0]?.kept).toEqual([]);
  });

  it("a process that stands still does not hear of its disk", () => {
    const { lives, nodes, simulator } = bench();
    const [node] = nodes;
    node.step(() => lives[0]?.env.append("a"));
    simulator.pause(node);
    simulator.runForMs(100);
    expect(lives[0]?.heard).toEqual([]);
    simulator.resume(node);
    simulator.runForMs(100);
    expect(lives[0]?.heard.length).toBe(1);
  });
});
