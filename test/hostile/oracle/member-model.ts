/**
 * A second, small reading of specs/memberlist-wire.md sections 13 and 14: what a node may know of
 * its members after a message, given what it knew before. Written from the spec and not from
 * `src/peers/swim`; where that departs from the spec on purpose, `departures` says how.
 */
import type { PushPullNode, SwimMessage } from "../../../src/peers/swim/swim.messages.ts";

export type ModelState = "alive" | "suspect" | "dead" | "left";

/** A member as far as claims can change it; bytes in hex. */
export interface ModelRecord {
  readonly incarnation: number;
  readonly addr: string;
  readonly port: number;
  readonly meta: string;
  readonly vsn: string;
  readonly state: ModelState;
}

/** Each refuses a claim that memberlist would take. The reasons stand in `src/peers/swim`. */
export const departures = {
  /** `claim-check.ts`: longer names are none of memberlist's or Serf's. */
  nameMaxBytes: 128,
  /** memberlist refuses to send more, and so is told no more. */
  metaMaxBytes: 512,
  /** Accusations above leave no room to refute; so do alives about the node itself. */
  accusationCeiling: 0xffff_ffff - 0xffff,
  /**
   * `claims.ts`: a name that is dead goes at once to a later life of it at another address, told by
   * the boot in its advert; one that is alive is suspected when a later life knocks, but not again
   * soon; and what the latest life said of a suspect is believed when that is dead. memberlist
   * leaves the name to the dead until it is reaped.
   */
  succession: "by boot",
  /** Versions of one to five bytes crash old nodes, so all six are asked for. */
  vsnMinBytes: 6,
} as const;

const INCARNATION_MAX = 0xffff_ffff;
const STATES = ["alive", "suspect", "dead", "left"] as const;

export interface ModelSelf {
  readonly name: string;
  readonly port: number;
  readonly vsn: Uint8Array;
  /** The life that a member's meta speaks of; undefined for members that are not Hearsay. */
  readonly bootOf?: (meta: Uint8Array) => number | undefined;
}

export class MemberModel {
  readonly records = new Map<string, ModelRecord>();
  private readonly self: ModelSelf;
  private readonly membersMaxCount: number;
  /** Whose former life was suspected for a later one lately. */
  private readonly challenged = new Set<string>();
  /** What a later life of a suspect said last. */
  private readonly successors = new Map<string, Alive>();

  constructor(self: ModelSelf, membersMaxCount: number) {
    this.self = self;
    this.membersMaxCount = membersMaxCount;
  }

  /** What a packet may do. Messages that carry no claim do nothing. */
  packet(message: SwimMessage): void {
    switch (message.kind) {
      case "hasCrc":
        return this.packet(message.message);
      case "compound":
        for (const part of message.parts) this.packet(part);
        return;
      case "alive": {
        const { node, ...claim } = message;
        return this.alive({ ...claim, name: node });
      }
      case "suspect":
        return this.suspect(message);
      case "dead":
        return this.dead(message);
      default:
        return;
    }
  }

  /** 14.6: what a push/pull does, in either direction. */
  state(nodes: readonly PushPullNode[]): void {
    if (nodes.length > this.membersMaxCount || !this.canSpeak(nodes)) return;
    const from = this.self.name;
    for (const { name: node, incarnation, ...rest } of nodes) {
      const state = STATES[rest.state];
      if (state === "alive") this.alive({ ...rest, name: node, incarnation });
      else if (state === "left") this.dead({ node, incarnation, from: node });
      else if (state !== undefined) this.suspect({ node, incarnation, from });
    }
  }

  /** 14.1. */
  private alive(claim: Alive): void {
    if (!this.isAcceptable(claim)) return;
    const { name, incarnation } = claim;
    const port = claim.port === 0 ? this.self.port : claim.port;
    const next = {
      incarnation,
      addr: hex(claim.addr),
      port,
      meta: hex(claim.meta),
      vsn: hex(claim.vsn),
      state: "alive" as const,
    };
    const known = this.records.get(name);
    if (known === undefined) {
      // Step 5 for a new record of incarnation 0.
      if (incarnation > 0 && this.records.size < this.membersMaxCount) this.records.set(name, next);
      return;
    }
    const isMoved = known.addr !== next.addr || known.port !== port;
    if (isMoved && known.state !== "left" && !this.succeeds(known, claim)) return;
    if (name === this.self.name) return this.aliveAboutSelf(known, next);
    if (incarnation <= known.incarnation && !isMoved) return;
    this.successors.delete(name);
    this.records.set(name, next);
  }

  /** Who is no suspect any more has no successor either: it may have taken the name. */
  takeSuccessor(name: string): { readonly incarnation: number } | undefined {
    const successor = this.successors.get(name);
    this.successors.delete(name);
    return successor;
  }

  /** Whether a claim from elsewhere takes the name over; if not, it may cast doubt on its owner. */
  private succeeds(known: ModelRecord, claim: Alive): boolean {
    const { name, meta } = claim;
    if (!this.isLater(Buffer.from(known.meta, "hex"), meta)) return false;
    if (known.state === "dead") return true;
    if (name === this.self.name) return false;
    const isDoubted = known.state === "alive" && !this.challenged.has(name);
    if (isDoubted) {
      this.challenged.add(name);
      this.records.set(name, { ...known, state: "suspect" });
    }
    if (isDoubted || known.state === "suspect") this.keepWord(claim);
    return false;
  }

  private keepWord(claim: Alive): void {
    const before = this.successors.get(claim.name);
    const isLatest =
      before === undefined ||
      this.isLater(before.meta, claim.meta) ||
      (claim.incarnation > before.incarnation && !this.isLater(claim.meta, before.meta));
    if (isLatest) this.successors.set(claim.name, claim);
  }

  private isLater(former: Uint8Array, later: Uint8Array): boolean {
    const [before, after] = [this.self.bootOf?.(former), this.self.bootOf?.(later)];
    return before !== undefined && after !== undefined && after > before;
  }

  private aliveAboutSelf(known: ModelRecord, next: ModelRecord): void {
    if (next.incarnation < known.incarnation) return;
    const isSame = next.meta === known.meta && next.vsn === known.vsn;
    if (next.incarnation === known.incarnation && isSame) return;
    this.refute(known, next.incarnation);
  }

  /** 14.2. */
  private suspect(claim: Accusation): void {
    const known = this.accused(claim);
    if (known?.state !== "alive") return;
    if (claim.node === this.self.name) return this.refute(known, claim.incarnation);
    const { incarnation } = claim;
    this.records.set(claim.node, { ...known, incarnation, state: "suspect" });
  }

  /** 14.3. */
  private dead(claim: Accusation): void {
    const known = this.accused(claim);
    if (known === undefined || known.state === "dead" || known.state === "left") return;
    if (claim.node === this.self.name) return this.refute(known, claim.incarnation);
    const state = claim.from === claim.node ? "left" : "dead";
    this.records.set(claim.node, { ...known, incarnation: claim.incarnation, state });
    const successor = this.successors.get(claim.node);
    this.successors.delete(claim.node);
    if (successor !== undefined) this.alive(successor);
  }

  private accused({ node, from, incarnation }: Accusation): ModelRecord | undefined {
    const known = this.records.get(node);
    if (known === undefined || incarnation < known.incarnation) return undefined;
    if (!isName(node) || bytesOf(from) > departures.nameMaxBytes) return undefined;
    const ceiling = Math.max(departures.accusationCeiling, known.incarnation);
    return incarnation <= ceiling ? known : undefined;
  }

  /** 14.4: above the accusation, and above all that was said before. */
  private refute(known: ModelRecord, accused: number): void {
    const incarnation = Math.min(Math.max(known.incarnation, accused) + 1, INCARNATION_MAX);
    this.records.set(this.self.name, { ...known, incarnation });
  }

  private isAcceptable(claim: Alive): boolean {
    const { addr, meta, vsn, name, incarnation } = claim;
    const isSelf = name === this.self.name;
    if (!isName(name) || (addr.length !== 4 && addr.length !== 16)) return false;
    if (meta.length > departures.metaMaxBytes || vsn.length > 255) return false;
    const [pmin = 0, pmax = 0] = vsn;
    if (vsn.length < departures.vsnMinBytes || pmin === 0 || pmax === 0 || pmin > pmax)
      return false;
    // Departs: memberlist finds out in the next push/pull, which then fails with everybody.
    if (!isSelf && !(speaks(vsn, this.self.vsn) && speaks(this.self.vsn, vsn))) return false;
    return incarnation <= (isSelf ? departures.accusationCeiling : INCARNATION_MAX);
  }

  /** 13: one range for all, and everybody in it. */
  private canSpeak(nodes: readonly PushPullNode[]): boolean {
    const local = [...this.records.values()].map(({ vsn, state }) => ({
      vsn: Buffer.from(vsn, "hex"),
      isAlive: state === "alive",
    }));
    const remote = nodes.map(({ vsn, state }) => ({ vsn, isAlive: state === 0 }));
    const all: { vsn: Uint8Array; isAlive: boolean }[] = [...local, ...remote];
    const living = all.filter(({ isAlive }) => isAlive);
    return [0, 3].every((layer) => {
      const lowest = Math.max(0, ...living.map(({ vsn }) => vsn[layer] ?? 0));
      const highest = Math.min(255, ...living.map(({ vsn }) => vsn[layer + 1] ?? 0));
      return all.every(({ vsn }) => {
        const current = vsn[layer + 2] ?? 0;
        return lowest <= current && current <= highest;
      });
    });
  }
}

interface Alive {
  readonly name: string;
  readonly incarnation: number;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  readonly vsn: Uint8Array;
}

interface Accusation {
  readonly node: string;
  readonly incarnation: number;
  readonly from: string;
}

function speaks(speaker: Uint8Array, hearer: Uint8Array): boolean {
  return [0, 3].every((layer) => {
    const current = speaker[layer + 2] ?? 0;
    return (hearer[layer] ?? 0) <= current && current <= (hearer[layer + 1] ?? 0);
  });
}

function isName(name: string): boolean {
  return name !== "" && bytesOf(name) <= departures.nameMaxBytes;
}

/** As UTF-8; a lone surrogate, which stands for a byte that is none, counts as three. */
function bytesOf(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}
