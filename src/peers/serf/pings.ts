import type { SerfContext } from "./context.ts";
import { Coordinates, freshCoordinate } from "./coordinates.ts";
import type { Coordinate, SerfCount } from "./serf.contract.ts";

const NO_BYTES = new Uint8Array(0);
const MS_PER_S = 1_000;

const refusals: Record<"reset" | "badCoordinate" | "badRtt", SerfCount> = {
  reset: "serf.coordinate.reset",
  badCoordinate: "serf.dropped.badCoordinate",
  badRtt: "serf.dropped.badRtt",
};

/** Coordinates ride on the acks of SWIM's direct probes. Source: spec section 25. */
export class Pings {
  private readonly context: SerfContext;
  private readonly coordinates: Coordinates | undefined;

  constructor(context: SerfContext) {
    this.context = context;
    const isOn = context.options.coordinates === "on";
    this.coordinates = isOn ? new Coordinates(context.env.random) : undefined;
  }

  get local(): Coordinate {
    return this.coordinates?.local ?? freshCoordinate;
  }

  coordinateOf(name: string): Coordinate | undefined {
    return this.coordinates?.of(name);
  }

  forget(name: string): void {
    this.coordinates?.forget(name);
  }

  ackPayload(): Uint8Array {
    if (this.coordinates === undefined) return NO_BYTES;
    return this.context.codec.encodeCoordinate(this.coordinates.local);
  }

  onComplete(name: string, rttMs: number, payload: Uint8Array): void {
    const { codec, counters, members } = this.context;
    // Only of members, so that reaping them bounds what is kept.
    if (this.coordinates === undefined || members.get(name) === undefined) return;
    if (payload.length === 0) return;
    const other = codec.decodeCoordinate(payload);
    const outcome =
      other === undefined
        ? "badCoordinate"
        : this.coordinates.update(name, other, rttMs / MS_PER_S);
    if (outcome !== "updated") counters.add(refusals[outcome]);
  }
}
