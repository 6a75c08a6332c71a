import { describe, expect, it } from "vitest";
import { z } from "zod";
import { InfoValues } from "./info-values.ts";

const percent = z.number().min(0).max(100);

describe("the values of infos", () => {
  it("are whatever the codec takes, and say which one it was", () => {
    const msgpack = new InfoValues({});
    const json = new InfoValues({ codec: "json" });
    const value = { load: 0.5, tags: ["a"] };
    for (const values of [msgpack, json]) {
      const bytes = values.encode("k", value);
      // Every node reads what another's codec wrote.
      for (const reader of [msgpack, json])
        expect(reader.read("k", bytes)).toEqual({ kind: "value", value });
    }
    expect(msgpack.encode("k", 1)[0]).not.toBe(json.encode("k", 1)[0]);
  });

  it("are judged by every schema whose pattern fits, here and when they come", () => {
    const values = new InfoValues({ schemas: { "load:*": percent, "*:p1": z.number().int() } });
    expect(() => values.encode("load:p2", 101)).toThrow(/SCHEMA_INVALID.*info load:p2/);
    expect(() => values.encode("load:p1", 1.5)).toThrow(/SCHEMA_INVALID/);
    expect(values.read("load:p1", values.encode("load:p1", 5))).toEqual({
      kind: "value",
      value: 5,
    });
    const careless = new InfoValues({}).encode("load:p2", 101);
    expect(values.read("load:p2", careless).kind).toBe("unreadable");
    expect(values.read("other", careless)).toEqual({ kind: "value", value: 101 });
  });

  it("that cannot be read are told as such, whatever the bytes", () => {
    const values = new InfoValues({});
    for (const bytes of [[], [1], [77, 1], [1, 0xc1], [2, 0x7b]]) {
      expect(values.read("k", Uint8Array.from(bytes)).kind).toBe("unreadable");
    }
  });

  it("that cannot be written are the caller's error", () => {
    expect(() => new InfoValues({ codec: "json" }).encode("k", undefined)).toThrow(/CODEC_FAILED/);
    const slow = percent.refine(async () => true);
    const values = new InfoValues({ schemas: { k: slow } });
    expect(() => values.encode("k", 5)).toThrow(/SCHEMA_(ASYNC|INVALID)/);
    expect(() => new InfoValues({ schemas: { k: {} as never } })).toThrow(/CONFIG_OPTION/);
    expect(() => new InfoValues({ schemas: { "": percent } })).toThrow(/pattern of keys/);
  });
});
