import type { PushPullNode } from "../swim.messages.ts";

/*
 * The version vector: pmin, pmax, pcur of memberlist, then dmin, dmax, dcur of the layer above.
 * Source: spec section 13.
 */

/** Bytes of a whole vector. */
export const VERSIONS_BYTES = 6;

function at(vsn: Uint8Array, index: number): number {
  return vsn[index] ?? 0;
}

export function understandsStreamPing(vsn: Uint8Array): boolean {
  return at(vsn, 1) >= 3;
}

export function understandsNack(vsn: Uint8Array): boolean {
  return at(vsn, 1) >= 4;
}

export function understandsChecksum(vsn: Uint8Array): boolean {
  return at(vsn, 1) >= 5;
}

/** Protocol 1 carried no ports: a node speaking it takes everyone to share its own. */
export function ignoresPorts(vsn: Uint8Array): boolean {
  return at(vsn, 2) < 2;
}

/**
 * Whether an alive may be taken in. Vectors shorter than six bytes are refused, as memberlist does
 * when layers above look at newcomers: relaying one can crash older nodes.
 */
export function isVersionsAcceptable(vsn: Uint8Array): boolean {
  if (vsn.length < VERSIONS_BYTES || vsn.length > 255) return false;
  return at(vsn, 0) > 0 && at(vsn, 1) > 0 && at(vsn, 0) <= at(vsn, 1);
}

/** Whether each of two vectors can speak what the other speaks, in both layers. */
export function versionsOverlap(a: Uint8Array, b: Uint8Array): boolean {
  return [0, 3].every((layer) => isWithin(a, b, layer) && isWithin(b, a, layer));
}

function isWithin(speaker: Uint8Array, hearer: Uint8Array, layer: number): boolean {
  const current = at(speaker, layer + 2);
  return at(hearer, layer) <= current && current <= at(hearer, layer + 1);
}

class Range {
  private lowest = 0;
  private highest = 255;

  narrow(min: number, max: number): void {
    this.lowest = Math.max(this.lowest, min);
    this.highest = Math.min(this.highest, max);
  }

  holds(current: number): boolean {
    return this.lowest <= current && current <= this.highest;
  }

  toString(): string {
    return `[${this.lowest}, ${this.highest}]`;
  }
}

/**
 * Whether all nodes of a push/pull and all known here could speak with each other. One that cannot
 * fails the whole merge.
 * @returns undefined when they can, else a text with the range found.
 */
export function versionsConflict(
  remote: readonly PushPullNode[],
  local: readonly PushPullNode[],
): string | undefined {
  const protocol = new Range();
  const layer = new Range();
  for (const nodes of [remote, local]) {
    let last: Uint8Array | undefined;
    for (const { state, vsn } of nodes) {
      // Nearly all share one vector, and one object for it.
      if (state !== 0 || vsn.length === 0 || vsn === last) continue;
      last = vsn;
      protocol.narrow(at(vsn, 0), at(vsn, 1));
      layer.narrow(at(vsn, 3), at(vsn, 4));
    }
  }
  for (const nodes of [remote, local]) {
    let last: Uint8Array | undefined;
    for (const { name, vsn } of nodes) {
      if (vsn === last) continue;
      last = vsn;
      if (!protocol.holds(at(vsn, 2))) {
        return `${name} speaks protocol ${at(vsn, 2)}, not in ${protocol.toString()}`;
      }
      if (!layer.holds(at(vsn, 5))) {
        return `${name} speaks layer version ${at(vsn, 5)}, not in ${layer.toString()}`;
      }
    }
  }
  return undefined;
}
