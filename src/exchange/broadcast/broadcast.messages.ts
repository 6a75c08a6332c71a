import type { Address } from "../../core/address.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin, PeerId } from "../../core/peer.ts";

/** Its number in Hearsay's frame. */
export const BROADCAST_CHANNEL = 1;

/**
 * How a typed message reaches every Hearsay member.
 *
 *   A ── packet(rumors) ──▶ B ── packet ──▶ C …    each passes on what is news to it, a bounded
 *   A ◀───── packet ─────── D                      number of times (infection)
 *   A ══ mail(rumor) ══▶ every peer                too large for a packet: a stream to each, and
 *          B ══ mail ══▶ one more                  who got it sends it to a random peer as well
 */
export type BroadcastMessage = PacketMessage | MailMessage;

/** Rumours in one packet; each is a user message of its own on the wire. */
export interface PacketMessage {
  readonly kind: "packet";
  readonly rumors: readonly Rumor[];
  /** Where the packet came from, as its receiver sees it; not on the wire. */
  readonly via?: Address;
}

export interface MailMessage {
  readonly kind: "mail";
  /** Names this sending to the sender's own host, which reports its end; nothing to others. */
  readonly mailId: number;
  readonly rumor: Rumor;
  /** Who sent it, as far as it says so itself. */
  readonly sender?: PeerId | undefined;
}

/** A message being spread. `origin` and `seq` are its dot within the topic `tag`. */
export interface Rumor {
  readonly origin: Origin;
  /** 1, 2, 3 … for each origin and tag. */
  readonly seq: number;
  readonly tag: string;
  /** Id of the codec of `payload`. */
  readonly codec: number;
  readonly payload: Uint8Array;
  /** Hybrid logical time at the origin. */
  readonly clock: HybridTime;
  /** Its number in the topic's history, where its publisher keeps one: 1, 2, 3 … per origin. */
  readonly historySeq?: number;
  /** The whole as it came or as this node wrote it; passed on unchanged. */
  readonly frame: Uint8Array;
}
