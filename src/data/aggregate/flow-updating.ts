import { at } from "../../core/collections/at.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Machine, MachineWiring, Outbox, RangeDesk } from "./aggregate.contract.ts";
import type { AggregatePart, FlowPart } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";
import {
  areFinite,
  difference,
  isPlausible,
  middle,
  negated,
  type VectorBounds,
  zeros,
} from "./vectors.ts";

/** Beyond this many times what it adds up, a flow costs places of the estimate. [spec §4] */
const FLOW_MAX_MULTIPLIER = 2 ** 40;

interface FlowLink {
  flow: readonly number[];
  /** The peer's life, and the last of its asks. */
  life: number;
  heardSeq: number;
  /** Asked and not answered yet. */
  openSeq: number | undefined;
  askedAtMs: number;
  /** Round of the last exchange that succeeded. */
  usedRound: number;
}

export interface FlowParts {
  readonly task: string;
  readonly wiring: MachineWiring;
  readonly options: AggregateOptions;
  /** Of this node; zeros of one that only passes on. */
  readonly input: readonly number[];
  /** Absent where inputs may be any number. */
  readonly bounds?: VectorBounds | undefined;
  readonly ranges?: RangeDesk | undefined;
}

/**
 * Flow updating: each node keeps, for each neighbour, what flowed to it, and estimates the average
 * by its own input less all that flowed away. Two that meet agree on the flow between them that
 * makes their estimates equal. A message is the state of a link, not a change of it: what is lost
 * or doubled is mended by the next one, and no mass is ever lost.
 * [Jesus, Baquero, Almeida 2009; spec aggregation §4]
 *
 * Departs from [spec aggregation §4]: of two asks that cross, that of the lower name counts, or the
 * two ends would agree on two different flows.
 */
export class FlowUpdating implements Machine {
  readonly partner = "neighbour";
  private readonly parts: FlowParts;
  private readonly links = new Map<PeerId, FlowLink>();
  private readonly life: number;
  private input: readonly number[];
  /** Until something changes. */
  private known: readonly number[] | undefined;
  private seq = 0;
  private round = 0;
  private exchanges = 0;
  private exchangedAtMs: number;

  constructor(parts: FlowParts) {
    this.parts = parts;
    this.input = parts.input;
    this.life = parts.wiring.random.uint32();
    this.exchangedAtMs = parts.wiring.now();
  }

  /** Rounds in which an exchange of this node succeeded. */
  get exchangesCount(): number {
    return this.exchanges;
  }

  /** When the last exchange succeeded. */
  get lastExchangeMs(): number {
    return this.exchangedAtMs;
  }

  get linksCount(): number {
    return this.links.size;
  }

  /** What flows are taken from: it may change at any time. */
  setInput(input: readonly number[]): void {
    this.input = input;
    this.known = undefined;
  }

  /** This node's idea of the average of all inputs. */
  estimate(): readonly number[] {
    this.known ??= this.addUp();
    return this.known;
  }

  private addUp(): number[] {
    const estimate = [...this.input];
    for (const { flow } of this.links.values()) {
      for (let index = 0; index < estimate.length; index += 1) {
        estimate[index] = at(estimate, index) - at(flow, index);
      }
    }
    return estimate;
  }

  onRound(): void {
    const { options, wiring } = this.parts;
    this.round += 1;
    for (const [peer, link] of this.links) {
      if (this.round - link.usedRound <= options.flowIdleCount) continue;
      this.links.delete(peer);
      this.known = undefined;
      wiring.counters.add("aggregate.flowsEnded");
    }
  }

  onTurn(peer: PeerId, out: Outbox): void {
    const link = this.linkTo(peer);
    if (link === undefined) return;
    if (this.isWorn(link.flow)) this.setFlow(link, zeros(this.input.length));
    this.seq += 1;
    link.openSeq = this.seq;
    link.askedAtMs = this.parts.wiring.now();
    out.put(peer, this.part({ step: "ask", seq: this.seq, flow: link.flow }));
  }

  /** Half the exchanges fail where 30 % of messages are lost; of those, half do not fail again. */
  onSilence(peer: PeerId, out: Outbox): void {
    this.onTurn(peer, out);
  }

  onPart(from: PeerId, part: AggregatePart, out: Outbox): void {
    const { bounds, wiring } = this.parts;
    if (part.kind !== "flow") return;
    const isOfOurShape =
      part.flow.length === this.input.length && part.estimate.length === this.input.length;
    if (!isOfOurShape) return wiring.counters.add("aggregate.dropped.shape");
    const isSound = areFinite(part.flow) && isPlausible(part.estimate, bounds);
    if (!isSound || this.isWorn(part.flow)) return wiring.counters.add("aggregate.dropped.value");
    this.parts.ranges?.onHeard(part.ranges);
    if (part.step === "ask") this.onAsk(from, part, out);
    else this.onAnswer(from, part);
  }

  onEpoch(): void {}

  onPeerDown(peer: PeerId): void {
    if (!this.links.delete(peer)) return;
    this.known = undefined;
    this.parts.wiring.counters.add("aggregate.flowsEnded");
  }

  private onAsk(from: PeerId, part: FlowPart, out: Outbox): void {
    const { counters, self } = this.parts.wiring;
    const link = this.linkTo(from);
    if (link === undefined) return;
    const isNewLife = link.life !== part.life;
    if (!isNewLife && part.seq <= link.heardSeq) return counters.add("aggregate.dropped.stale");
    link.life = part.life;
    link.heardSeq = part.seq;
    if (this.isCrossing(link) && String(self) < String(from) && !isNewLife) return;
    link.openSeq = undefined;
    this.setFlow(link, negated(part.flow));
    const own = this.estimate();
    const average = middle(own, part.estimate);
    // Half of a huge one and half of another may still be beyond all numbers; then nothing moves.
    if (areFinite(average)) this.setFlow(link, moved(link.flow, own, average));
    this.onExchanged(link);
    out.put(from, this.part({ step: "answer", seq: part.seq, flow: link.flow }));
  }

  /** An ask that was lost would keep the peer's out until the next round, so it is not for long. */
  private isCrossing({ askedAtMs, openSeq }: FlowLink): boolean {
    const { options, wiring } = this.parts;
    return openSeq !== undefined && wiring.now() - askedAtMs < options.exchangeTimeoutMs / 4;
  }

  private onAnswer(from: PeerId, part: FlowPart): void {
    const link = this.links.get(from);
    if (link?.openSeq !== part.seq) {
      return this.parts.wiring.counters.add("aggregate.dropped.stale");
    }
    link.openSeq = undefined;
    this.setFlow(link, negated(part.flow));
    this.onExchanged(link);
  }

  private setFlow(link: FlowLink, flow: readonly number[]): void {
    link.flow = flow;
    this.known = undefined;
  }

  private onExchanged(link: FlowLink): void {
    link.usedRound = this.round;
    this.exchanges += 1;
    this.exchangedAtMs = this.parts.wiring.now();
  }

  private linkTo(peer: PeerId): FlowLink | undefined {
    const known = this.links.get(peer);
    if (known !== undefined) return known;
    const { options, wiring } = this.parts;
    if (this.links.size >= options.flowsMaxCount) {
      wiring.counters.add("aggregate.dropped.flows");
      return undefined;
    }
    const flow = zeros(this.input.length);
    const usedRound = this.round;
    const link = { flow, life: -1, heardSeq: -1, openSeq: undefined, askedAtMs: 0, usedRound };
    this.links.set(peer, link);
    return link;
  }

  private part(said: Pick<FlowPart, "step" | "seq" | "flow">): FlowPart {
    const { ranges, task } = this.parts;
    const estimate = this.estimate();
    return { kind: "flow", task, life: this.life, ...said, estimate, ranges: ranges?.told() ?? [] };
  }

  /** A flow that is nothing but rounding: the pair begins anew, for the sum stays. */
  private isWorn(flow: readonly number[]): boolean {
    const { bounds } = this.parts;
    return flow.some((value, index) => {
      const high = Math.abs(bounds?.high[index] ?? Number.POSITIVE_INFINITY);
      const low = Math.abs(bounds?.low[index] ?? Number.POSITIVE_INFINITY);
      const bound = Math.max(high, low);
      const own = Math.abs(at(this.input, index));
      const size = Number.isFinite(bound) ? bound : Math.max(own, 2 ** 40);
      return Math.abs(value) > FLOW_MAX_MULTIPLIER * Math.max(1, size);
    });
  }
}

function moved(
  flow: readonly number[],
  own: readonly number[],
  average: readonly number[],
): number[] {
  const step = difference(own, average);
  return flow.map((value, index) => value + at(step, index));
}
