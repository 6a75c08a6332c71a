/** What `/v1/traces` and `/v1/overlays` answer; part of the admin API as admin.messages.ts is. */

import type { ArrivalMeans } from "../../node/api.ts";

export type { ArrivalMeans };

/** That an update came to a node. */
export interface ArrivalAnswer {
  /** `copy`: it was known there. */
  readonly kind: "published" | "news" | "copy";
  readonly means: ArrivalMeans;
  /** Who sent it; absent for the publisher, and where that does not show. */
  readonly from?: string;
  /** Wall-clock milliseconds of that node. */
  readonly at: number;
}

/** `GET /v1/traces/:topic/:origin/:seq`. */
export interface TraceAnswer {
  readonly topic: string;
  readonly dot: { readonly origin: string; readonly seq: number };
  readonly nodes: readonly {
    readonly name: string;
    readonly status: "answered" | "silent";
    /** In their order; none: it has not heard of it, or remembers only later ones. */
    readonly arrivals: readonly ArrivalAnswer[];
  }[];
}

/** `GET /v1/overlays?topic=NAME&origin=ORIGIN`. */
export interface OverlaysAnswer {
  readonly nodes: readonly {
    readonly name: string;
    readonly status: "answered" | "silent";
    readonly active: readonly string[];
    readonly passive: readonly string[];
    /** Of the tree of that origin's messages; absent where there is none. */
    readonly eager?: readonly string[];
    readonly lazy?: readonly string[];
  }[];
}
