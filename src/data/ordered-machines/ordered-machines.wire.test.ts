import fc from "fast-check";
import { expect, test } from "vitest";
import type { OrderPosition } from "../../core/orderer.ts";
import type { MachineRecord } from "./ordered-machines.contract.ts";
import { machinesCodec } from "./ordered-machines.wire.ts";

const name = fc.tuple(fc.constantFrom("log", "lock"), fc.nat(9)).map((parts) => parts.join("/"));
const blob = fc.uint8Array({ maxLength: 40 });

const positions = fc
  .uniqueArray(fc.integer({ min: 2, max: 2 ** 40 }), { maxLength: 5 })
  .map((all) => all.sort((one, other) => one - other) as OrderPosition[]);

const base = fc.option(
  blob.map((bytes) => ({ position: 1 as OrderPosition, bytes })),
  { nil: undefined },
);

const record: fc.Arbitrary<MachineRecord> = fc.oneof(
  fc.record({ kind: fc.constant("stated" as const), name, state: blob }),
  fc.record({
    kind: fc.constant("kept" as const),
    name,
    base,
    commands: positions.map((all) =>
      all.map((position) => ({ position, command: Uint8Array.of(position % 7) })),
    ),
  }),
);

test("commands and snapshots come back as they were", () => {
  fc.assert(
    fc.property(name, blob, (named, command) => {
      const one = { name: named, command };
      expect(machinesCodec.decodeCommand(machinesCodec.encodeCommand(one))).toEqual(one);
    }),
  );
  const records = fc.uniqueArray(record, { selector: (one) => one.name, maxLength: 6 });
  fc.assert(
    fc.property(records, (all) => {
      expect(machinesCodec.decodeSnapshot(machinesCodec.encodeSnapshot(all))).toEqual(all);
    }),
  );
});

test("a snapshot cut short, or with one byte changed, never throws", () => {
  const records = fc.uniqueArray(record, { selector: (one) => one.name, maxLength: 4 });
  fc.assert(
    fc.property(records, fc.nat(), fc.nat(255), (all, place, byte) => {
      const bytes = machinesCodec.encodeSnapshot(all);
      const cut = bytes.subarray(0, place % bytes.length);
      expect(machinesCodec.decodeSnapshot(cut)).toBeUndefined();
      bytes[place % bytes.length] = byte;
      machinesCodec.decodeSnapshot(bytes);
    }),
  );
});

test("a name that stands twice, and positions that do not ascend, are refused", () => {
  const one: MachineRecord = { kind: "stated", name: "log", state: new Uint8Array() };
  const encode = machinesCodec.encodeSnapshot;
  expect(machinesCodec.decodeSnapshot(encode([one, one]))).toBeUndefined();
  const position = 5 as OrderPosition;
  const command = { position, command: new Uint8Array() };
  const kept = {
    kind: "kept",
    name: "log",
    base: undefined,
    commands: [command, command],
  } as const;
  expect(machinesCodec.decodeSnapshot(encode([kept]))).toBeUndefined();
  const late = { ...kept, base: { position, bytes: new Uint8Array() }, commands: [command] };
  expect(machinesCodec.decodeSnapshot(encode([late]))).toBeUndefined();
});
