import { describe, expect, it } from "vitest";
import { distanceS, freshCoordinate } from "./coordinates.ts";
import { serfCodec } from "./serf.wire.ts";
import { Bench, recordOf } from "./serf-rig.ts";

const payload = serfCodec.encodeCoordinate(freshCoordinate);

function bench(): Bench {
  const node = new Bench({ codec: serfCodec });
  node.serf.onMemberJoin(recordOf("b", 2));
  return node;
}

describe("acks of probes", () => {
  it("carry this node's coordinate", () => {
    const node = bench();
    expect(node.serf.ackPayload()).toHaveLength(130);
    expect(serfCodec.decodeCoordinate(node.serf.ackPayload())).toEqual(freshCoordinate);
  });

  it("move this node away from where it was not", () => {
    const node = bench();
    node.serf.onPingComplete("b", 40, payload);
    expect(node.serf.coordinateOf("b")).toEqual(freshCoordinate);
    expect(distanceS(node.serf.coordinate, freshCoordinate)).toBeGreaterThan(0.001);
    node.serf.onMemberLeave(recordOf("b", 2));
    node.serf.forceLeave("b", "prune");
    expect(node.serf.coordinateOf("b")).toBeUndefined();
  });

  it("without a coordinate, or with one that makes no sense, move nothing", () => {
    const node = bench();
    node.serf.onPingComplete("b", 40, new Uint8Array(0));
    node.serf.onPingComplete("stranger", 40, payload);
    node.serf.onPingComplete("b", 40, Uint8Array.of(2, 0x80));
    node.serf.onPingComplete("b", 20_000, payload);
    expect(node.serf.coordinate).toBe(freshCoordinate);
    expect(node.tally.of("serf.dropped.badCoordinate")).toBe(1);
    expect(node.tally.of("serf.dropped.badRtt")).toBe(1);
  });

  it("carry nothing when coordinates are off", () => {
    const node = new Bench({ codec: serfCodec, options: { coordinates: "off" } });
    node.serf.onMemberJoin(recordOf("b", 2));
    expect(node.serf.ackPayload()).toHaveLength(0);
    node.serf.onPingComplete("b", 40, payload);
    expect(node.serf.coordinateOf("b")).toBeUndefined();
  });
});

describe("tags", () => {
  it("are announced, and refused when too large", () => {
    const node = bench();
    node.serf.setTags(new Map([["role", "db"]]));
    expect(serfCodec.decodeTags(node.membership.local.meta)).toEqual(new Map([["role", "db"]]));
    expect(() => node.serf.setTags(new Map([["k", "v".repeat(520)]]))).toThrowError(
      /TAGS_TOO_LARGE/,
    );
    expect(node.membership.asked).toEqual(["setMeta"]);
  });

  it("of others are read, renewed on update, and a bare role is a tag", () => {
    const node = bench();
    node.serf.onMemberUpdate(recordOf("b", 2, new TextEncoder().encode("web")));
    expect(node.serf.memberOf("b")?.tags).toEqual(new Map([["role", "web"]]));
    expect(node.ears.take()).toContain("update b alive");
  });
});
