import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { INCARNATION_CEILING } from "../../peers/swim/roster/claim-check.ts";
import { BatchMaker, forEachPacket } from "./packet-batch.ts";
import { SharedMarks } from "./shared-marks.ts";

test("both ends see what either writes", async () => {
  const one = new SharedMarks();
  const other = new SharedMarks(one.buffer);
  one.beat();
  expect(other.busyForMs).toBeLessThan(30_000);
  one.countTaken();
  other.countSent(70);
  one.setDuty("on");
  expect([other.takenCount, one.sentBytes, other.isOnDuty]).toEqual([1, 70, true]);
  expect(one.take(0, INCARNATION_CEILING)).toBe(1);
  expect(other.take(5, INCARNATION_CEILING)).toBe(6);
  expect([one.current, one.take(9, 7)]).toEqual([6, 7]);
  const seq = one.nextClaimSeq();
  expect(other.lastClaimSeq).toBe(seq);
  expect(other.nextClaimSeq()).toBeGreaterThan(seq);
});

test("no number is given out twice, though two threads take them at once", async () => {
  const marks = new SharedMarks();
  const rounds = 20_000;
  // The other end in plain words: a thread of its own, which counts up the same place.
  const worker = new Worker(
    `const { workerData, parentPort } = require("node:worker_threads");
     const numbers = new BigInt64Array(workerData);
     const taken = [];
     for (let round = 0; round < ${rounds}; round += 1) {
       for (;;) {
         const current = Atomics.load(numbers, 2);
         if (Atomics.compareExchange(numbers, 2, current, current + 1n) !== current) continue;
         taken.push(Number(current + 1n));
         break;
       }
     }
     parentPort.postMessage(taken);`,
    { eval: true, workerData: marks.buffer },
  );
  const theirs = new Promise<number[]>((resolve) => worker.once("message", resolve));
  await new Promise((resolve) => worker.once("online", resolve));
  const ours = Array.from({ length: rounds }, () => marks.take(0, INCARNATION_CEILING));
  const all = new Set([...ours, ...(await theirs)]);
  expect([all.size, marks.current]).toEqual([2 * rounds, 2 * rounds]);
  await worker.terminate();
});

test("packets come out of a batch as they went in, whatever memory they shared", () => {
  const pool = Uint8Array.from({ length: 100 }, (_, index) => index);
  const maker = new BatchMaker();
  const place = (port: number) => ({ host: "::1", port });
  maker.add(place(1), pool.subarray(10, 13));
  maker.add(place(2), pool.subarray(0, 0));
  maker.add(place(3), pool.subarray(50, 51));
  expect([maker.size, maker.byteLength]).toEqual([3, 4]);
  const batch = maker.take();
  expect([maker.size, batch.bytes.buffer.byteLength]).toEqual([0, 4]);
  const read: [number, number[]][] = [];
  forEachPacket(batch, ({ port }, bytes) => read.push([port, [...bytes]]));
  expect(read).toEqual([
    [1, [10, 11, 12]],
    [2, []],
    [3, [50]],
  ]);
});
