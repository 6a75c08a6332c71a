import { expect, it } from "vitest";
import { z } from "zod";
import { NetworkValues } from "./network-values.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

it("writes what its codec writes and nothing before it, so that others can read it", () => {
  const values = new NetworkValues({ codec: "json" });
  expect(text(values.encode("k", { a: 1 }))).toBe('{"a":1}');
  expect(values.read("k", bytes("[1]"))).toEqual({ kind: "value", value: [1] });
  const raw = new NetworkValues({ codec: "raw" });
  expect(raw.encode("k", bytes("x"))).toEqual(bytes("x"));
  expect(raw.read("k", bytes("x"))).toEqual({ kind: "value", value: bytes("x") });
});

it("gives what is the network's own as bytes", () => {
  const values = new NetworkValues({ schemas: { "*": z.number() } });
  for (const key of ["cluster-id", "sentinel", "node:4", "gossip-clients:4"]) {
    expect(values.read(key, bytes("any"))).toEqual({ kind: "value", value: bytes("any") });
    expect(values.accepts(key, bytes("any"))).toBe(true);
  }
});

it("passes on what it cannot read, but not what a schema refuses", () => {
  const values = new NetworkValues({ codec: "json", schemas: { "load:*": z.number() } });
  expect(values.read("foreign", bytes("\u0001protobuf")).kind).toBe("unreadable");
  expect(values.accepts("foreign", bytes("\u0001protobuf"))).toBe(true);
  expect(values.accepts("load:1", bytes("0.5"))).toBe(true);
  expect(values.accepts("load:1", bytes('"high"'))).toBe(false);
  expect(values.accepts("load:1", bytes("\u0001protobuf"))).toBe(false);
  expect(() => values.encode("load:1", "high")).toThrow(/SCHEMA_INVALID/);
});
