import type { Address } from "../../../src/core/address.ts";
import type { Random } from "../../../src/core/random.ts";
import { decodeTags } from "../../../src/peers/serf/serf.wire.ts";
import { parseAdvertText } from "../../../src/wire/advert.ts";
import { AttackedNode, membersMaxCount, ownPort } from "../attacked-node.ts";
import { census } from "../census.ts";
import { allDoors, packetThrough, streamThrough } from "../doors.ts";
import { HostileFailure } from "../failure.ts";
import type { HostileInput } from "../mutation/mutator.ts";
import { ownName } from "../mutation/names.ts";
import { MemberWatch } from "../oracle/member-watch.ts";
import type { ScriptedStream } from "../scripted-transport.ts";
import { chunksOf } from "./stream-target.ts";
import type { Target } from "./target.ts";

const bootOf = (meta: Uint8Array): number | undefined => {
  const text = decodeTags(meta).get("_h");
  return text === undefined ? undefined : parseAdvertText(text)?.boot;
};
const vsn = Uint8Array.of(1, 5, 2, 2, 5, 5);
/** No collection of a node with such bounds holds more, whatever came. */
const COLLECTION_MAX = 4_096;
/** Streams that the attacker leaves open at a time, beyond the host's own bound of 128. */
const OPEN_MAX = 160;

/** A whole node, real host and all: what inputs make of its members is held against the model. */
export function nodeTarget(batch: number): Target {
  const door = allDoors[batch % allDoors.length];
  if (door === undefined) throw new Error("there are no doors");
  return new NodeTarget(new AttackedNode(door));
}

class NodeTarget implements Target {
  private readonly node: AttackedNode;
  private readonly watch: MemberWatch;
  private readonly open: ScriptedStream[] = [];
  private fedCount = 0;

  constructor(node: AttackedNode) {
    this.node = node;
    const self = { name: ownName, port: ownPort, vsn, bootOf };
    this.watch = new MemberWatch(node.stack.swim.members, self, membersMaxCount);
  }

  feed(input: HostileInput, random: Random): void {
    this.fedCount += 1;
    if (input.via === "packet") this.feedPacket(input, random);
    else this.feedStream(input, random);
    this.node.checkRunning();
  }

  finish(): void {
    for (const stream of this.open.splice(0)) stream.close();
    const { node } = this;
    node.checkAnswersPing(4_000_000 + this.fedCount);
    node.checkRunning();
    for (const { path, largest } of census(node.stack, COLLECTION_MAX + 1)) {
      throw new HostileFailure("bound", `${path} holds ${largest}`);
    }
    this.checkNothingOpen();
  }

  close(): void {
    this.node.stop();
  }

  private feedPacket(input: HostileInput, random: Random): void {
    const { door, packets, transport } = this.node;
    const bytes = packetThrough(door, input.bytes, random);
    const outcome = packets.decode(Uint8Array.from(bytes));
    transport.deliver(sourceOf(random), bytes);
    if ("message" in outcome) this.watch.afterPacket(outcome.message);
    else this.watch.afterPacket({ kind: "nack", seqNo: 0 });
  }

  private feedStream(input: HostileInput, random: Random): void {
    const { door, streams, transport } = this.node;
    const { acceptor: bytes } = streamThrough(door, input.bytes, random);
    const decoder = streams.decoder("acceptor");
    const outcome = decoder.feed(Uint8Array.from(bytes));
    const stream = transport.open(sourceOf(random));
    for (const chunk of chunksOf(bytes, random)) stream.listener?.onBytes(chunk);
    if (outcome.kind === "message") this.watch.afterRequest(outcome.message);
    else this.watch.afterPacket({ kind: "nack", seqNo: 0 });
    this.leave(stream, random);
  }

  /** Ends its side, goes without a word, or stays and says nothing more. */
  private leave(stream: ScriptedStream, random: Random): void {
    const choice = random.below(3);
    if (choice === 0) stream.listener?.onEnd?.();
    if (choice < 2) return stream.close();
    this.open.push(stream);
    if (this.open.length > OPEN_MAX) this.open.shift()?.close();
  }

  private checkNothingOpen(): void {
    const held = census(this.node.host).filter(({ path }) => path.endsWith("InboundStreams.open"));
    const count = held.reduce((sum, { total }) => sum + total, 0);
    if (count > 0) throw new HostileFailure("leftover", `${count} closed streams are still held`);
  }
}

/** Strangers, members, and places that cannot be. */
function sourceOf(random: Random): Address {
  const last = random.below(12);
  return { host: last === 11 ? "::1" : `10.0.0.${last}`, port: random.chance(0.1) ? 0 : ownPort };
}
