import type { Address } from "../../core/address.ts";
import type { Origin } from "../../core/peer.ts";
import type { SwimIdentity } from "../../peers/swim/swim.contract.ts";
import type { SwimOptions } from "../../peers/swim/swim.options.ts";
import type { UdpTcpOptions } from "../../transport/udp-tcp/udp-tcp.options.ts";
import type { ResponderOptions } from "./responder.options.ts";

/*
 * What the two threads of a node say to each other. All of it is copied; numbers that change often
 * stand in shared memory (shared-marks.ts).
 *
 *   main ── bind ───────────────▶ thread     and back: bound, or bindFailed
 *   main ── packets (out) ──────▶ thread ──▶ socket
 *   main ◀── packets (in) ────── thread ◀── socket
 *   main ── taken ──────────────▶ thread     how far it has read; then come more
 *   main ── speaker, keys, peers ▶ thread    what it needs to speak in this node's name
 *   main ── close ──────────────▶ thread     which ends
 */

/** Given when the thread is made. */
export interface ThreadStart {
  readonly marks: SharedArrayBuffer;
  readonly options: ResponderOptions;
  readonly swim: SwimOptions;
  readonly degraded: ClaimTerms;
  readonly udp: UdpTcpOptions;
  readonly label: string;
  /** Undefined: nothing is sealed. */
  readonly keys: readonly string[] | undefined;
  readonly seed: number;
}

/** When and how the thread says that the main thread is busy. */
export interface ClaimTerms {
  /** 0: never. */
  readonly degradeAfterMs: number;
  readonly renewIntervalMs: number;
  readonly leaseMs: number;
}

/** Packets one behind the other, for bytes of their own would be copied with all their pool. */
export interface PacketBatch {
  /** From where, or to where, each. */
  readonly places: readonly Address[];
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array;
}

export type ToThread =
  | { readonly kind: "bind"; readonly address: Address }
  | { readonly kind: "packets"; readonly batch: PacketBatch }
  | { readonly kind: "taken" }
  | { readonly kind: "speaker"; readonly identity: SwimIdentity; readonly origin: Origin }
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "peers"; readonly peers: PeerPlaces }
  | { readonly kind: "close" };

export interface PeerPlaces {
  /** Some living members. */
  readonly members: readonly Address[];
  /** Those among them that are Hearsay. */
  readonly hearsay: readonly Address[];
  /** How many members there are in all. */
  readonly membersCount: number;
}

export type FromThread =
  | { readonly kind: "bound" }
  | { readonly kind: "bindFailed"; readonly code: string; readonly message: string }
  | { readonly kind: "packets"; readonly batch: PacketBatch }
  | { readonly kind: "error"; readonly where: string; readonly message: string }
  | { readonly kind: "counts"; readonly counts: Readonly<Record<string, number>> };
