import { setTimeout as sleep } from "node:timers/promises";

/** A way for packets from a sender to a receiver in this process. */
export interface PacketLane {
  readonly name: string;
  /** Sends one packet. */
  send(): void;
  /** How many packets the receiver got so far. */
  received(): number;
  close(): Promise<void>;
}

/** CPU time per packet, microseconds. */
export interface PacketCost {
  readonly sendMicros: number;
  readonly receiveMicros: number;
  readonly lostCount: number;
}

/**
 * Fits into any receive buffer, so nothing is lost, and spreads the cost of a loop's turn as a
 * flood would.
 */
const BURST_COUNT = 128;
const STALL_MS = 500;

/**
 * Sends bursts and waits for each to arrive. The sender's CPU time is what passes until the burst
 * and all it put off to the next tick is done (Node's own look-up of an address waits for that);
 * the receiver's is the rest.
 */
export async function measure(lane: PacketLane, burstsCount: number): Promise<PacketCost> {
  let sendMicros = 0;
  let receiveMicros = 0;
  let lostCount = 0;
  for (let burst = 0; burst < burstsCount; burst += 1) {
    const goal = lane.received() + BURST_COUNT;
    const begun = cpuMicros();
    for (let count = 0; count < BURST_COUNT; count += 1) lane.send();
    await ticksDone();
    const sent = cpuMicros();
    lostCount += await arrival(lane, goal);
    sendMicros += sent - begun;
    receiveMicros += cpuMicros() - sent;
  }
  const packets = burstsCount * BURST_COUNT;
  return { sendMicros: sendMicros / packets, receiveMicros: receiveMicros / packets, lostCount };
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function ticksDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** Waits for `goal` packets in all; returns how many never came. */
async function arrival(lane: PacketLane, goal: number): Promise<number> {
  const stalledAt = performance.now() + STALL_MS;
  while (lane.received() < goal) {
    if (performance.now() > stalledAt) return goal - lane.received();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return 0;
}

/** Lets what a former lane left behind, garbage above all, not be charged to the next one. */
export async function breathe(): Promise<void> {
  await sleep(5);
}
