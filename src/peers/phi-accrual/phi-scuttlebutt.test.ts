/**
 * Heartbeats may come by anything: here Scuttlebutt's digests, which count rounds, feed phi accrual
 * as chitchat and Cassandra have it.
 */
import { expect, test } from "vitest";
import { memberOf, peerId } from "../../core/peer.ts";
import { StateTown } from "../../testing/node-state-rig.ts";
import { phiAccrualOptions } from "./phi-accrual.options.ts";
import { PhiAccrual } from "./phi-accrual.ts";

const NODES = 6;

test("digests of Scuttlebutt are heartbeats: who crashed is found by them", () => {
  const town = new StateTown({ seed: 3, nodesCount: NODES, options: { heartbeats: "on" } });
  const { simulator } = town;
  const afterStep = (body: () => void): void => body();
  const counters = { add: () => undefined };
  const told = { now: () => simulator.nowMs, afterStep, counters };
  const detector = new PhiAccrual(told, phiAccrualOptions({}, "cassandra"));
  const { state } = town.resident(0);
  state.subscribe({
    onHeartbeat: (origin) => {
      if (origin !== state.own.copy.origin) detector.onHeartbeat(peerId(memberOf(origin)));
    },
  });
  // Every node says something, so that digests tell of it.
  for (let at = 0; at < NODES; at += 1) {
    const node = town.nodes[at];
    node?.step(() => void town.resident(at).state.own.set("role", Uint8Array.of(at)));
  }
  const run = (seconds: number): void => {
    for (let passed = 0; passed < seconds; passed += 1) {
      simulator.runForMs(1_000);
      detector.onRound();
    }
  };
  const statuses = (): string[] => {
    const found: string[] = [];
    detector.forEachPeer(({ peer, status }) => found.push(`${peer} ${status}`));
    return found.sort();
  };
  run(120);
  const names = statuses().map((line) => line.replace(" alive", ""));
  expect(names).toHaveLength(NODES - 1);
  const victim = town.nodes[2];
  const name = memberOf(town.resident(2).state.own.copy.origin);
  if (victim !== undefined) simulator.crash(victim);
  run(60);
  expect(statuses()).toEqual(names.map((one) => `${one} ${one === name ? "dead" : "alive"}`));
});
