import type { Env } from "../../../core/env.ts";
import { resolveOptions } from "../../../core/options.ts";
import { makeOrigin, type PeerId, peerId } from "../../../core/peer.ts";
import type {
  NodeStateMessage,
  NodeStateTimer,
} from "../../../data/node-state/node-state.messages.ts";
import {
  type NodeStateOptions,
  nodeStateDefaults,
} from "../../../data/node-state/node-state.options.ts";
import { NodeState } from "../../../data/node-state/node-state.ts";
import { Scuttlebutt } from "../../../data/node-state/scuttlebutt.ts";
import { StaticView } from "../../../peers/static/static-view.ts";
import { Simulator } from "../../simulator.ts";

/** A value weighs so much that names and versions beside it hardly count. */
const VALUE = new Uint8Array(2_000);
const OTHER_VALUE = new Uint8Array(VALUE.length).fill(1);
const ENTRY_BYTES = VALUE.length + 16;
/** No bound on messages. */
const BOUNDLESS_BYTES = 1e12;
/** [Scuttlebutt 2008 §5] */
const KEYS_COUNT = 64;

export interface ScuttlebuttTownOptions {
  readonly seed: number;
  readonly nodesCount: number;
  readonly ordering: NodeStateOptions["ordering"];
  readonly flowControl?: "off" | "reject";
  readonly wantedPerSecond: number;
  /** Told of each write that reaches somebody. */
  readonly onArrival?: (owner: number, version: number, atMs: number) => void;
}

interface Participant {
  readonly state: NodeState;
  readonly engine: Scuttlebutt;
  readonly step: (body: () => void) => void;
  /** When each version was written: of version v at v − 1. */
  readonly writtenAtMs: number[];
}

/** How far behind the participants of a town are. */
export interface Staleness {
  /** Age of the oldest write that somebody lacks, in ms. */
  readonly oldestMs: number;
  /** Mappings that are not their owner's, in the mean of all participants. */
  readonly staleCount: number;
}

/**
 * The participants of the Scuttlebutt paper: each owns 64 keys, gossips once a second with a random
 * other one, and a message holds so many updates.
 */
export class ScuttlebuttTown {
  readonly simulator: Simulator;
  private readonly participants: Participant[] = [];
  private readonly options: ScuttlebuttTownOptions;
  /** Shared, so that the size of messages may change on the way. */
  private readonly numbers: { -readonly [Name in keyof NodeStateOptions]: NodeStateOptions[Name] };

  constructor(options: ScuttlebuttTownOptions) {
    const { flowControl = "off", nodesCount, ordering, seed, wantedPerSecond } = options;
    this.options = options;
    this.numbers = {
      ...resolveOptions("state", nodeStateDefaults),
      ordering,
      flowControl,
      flowStartPerSecond: 2 * wantedPerSecond,
      flowMinPerSecond: wantedPerSecond / 10,
      flowIncreasePerSecond: wantedPerSecond / 20,
      // As in the paper: one exchange a second, digests first, and nothing between rounds.
      heartbeats: "on",
      fanoutCount: 1,
      newsDelayMs: 1_000,
      messageMaxBytes: BOUNDLESS_BYTES,
      tombstones: "grace",
      nodeMaxBytes: BOUNDLESS_BYTES,
      totalMaxBytes: BOUNDLESS_BYTES,
    };
    this.simulator = new Simulator({ seed, latency: { kind: "constant", ms: 5 } });
    for (let at = 0; at < nodesCount; at += 1) this.settle(at);
  }

  /** From now on a message holds so many updates, beside its digest. */
  holdMessagesTo(updatesCount: number): void {
    const digestBytes = 12 * this.options.nodesCount;
    this.numbers.messageMaxBytes = updatesCount * ENTRY_BYTES + digestBytes;
  }

  /** Every participant writes one of its keys, if it may. */
  write(at: number, key: number): boolean {
    const { engine, state, step, writtenAtMs } = this.participant(at);
    if (engine.flow?.takeTurn() === false) return false;
    const name = `k${key % KEYS_COUNT}`;
    // The same bytes again would be no write.
    const value = state.own.get(name)?.value === VALUE ? OTHER_VALUE : VALUE;
    step(() => void state.own.set(name, value));
    writtenAtMs.push(this.simulator.nowMs);
    return true;
  }

  writtenAtMs(owner: number, version: number): number | undefined {
    return this.participant(owner).writtenAtMs[version - 1];
  }

  staleness(): Staleness {
    const { nowMs } = this.simulator;
    const owners = this.participants.map(({ state }) => state.own.copy);
    let oldestMs = nowMs;
    let staleCount = 0;
    for (const { state } of this.participants) {
      for (const [at, own] of owners.entries()) {
        const heldVersion = state.copyOf(own.origin)?.maxVersion ?? 0;
        if (heldVersion >= own.maxVersion) continue;
        staleCount += own.countAfter(heldVersion);
        oldestMs = Math.min(oldestMs, this.writtenAtMs(at, heldVersion + 1) ?? nowMs);
      }
    }
    return { oldestMs: nowMs - oldestMs, staleCount: staleCount / this.participants.length };
  }

  private participant(at: number): Participant {
    const participant = this.participants[at];
    if (participant === undefined) throw new Error(`there is no participant ${at}`);
    return participant;
  }

  private settle(at: number): void {
    const { nodesCount, onArrival } = this.options;
    this.simulator.add((host) => {
      const peers = new StaticView(host.self);
      for (let other = 0; other < nodesCount; other += 1) peers.add(peerId(other));
      const counters = { add: () => {} };
      host.mountDirect("nodeState", (env: Env<NodeStateMessage, NodeStateTimer, PeerId>) => {
        const origin = makeOrigin(`${at}`, 1);
        const state = new NodeState(
          {
            origin: () => origin,
            now: () => env.now(),
            wallClock: () => env.wallClock(),
            afterStep: (body) => host.afterStep(body),
            counters,
          },
          this.numbers,
        );
        if (onArrival !== undefined) {
          state.subscribe({
            onChange({ entry, origin: owner }) {
              if (entry !== undefined && owner !== origin) {
                onArrival(Number.parseInt(owner, 10), entry.version, env.now());
              }
            },
          });
        }
        const engine = new Scuttlebutt(env, { peers, state, counters }, this.numbers);
        engine.start();
        this.participants[at] = { engine, state, step: (body) => host.step(body), writtenAtMs: [] };
        return engine;
      });
    });
  }
}
