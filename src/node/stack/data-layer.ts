import type { Arrival } from "../../core/arrival.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type {
  AntiEntropyProgress,
  AntiEntropyWiring,
} from "../../exchange/anti-entropy/anti-entropy.contract.ts";
import type {
  AntiEntropyMessage,
  Claim,
} from "../../exchange/anti-entropy/anti-entropy.messages.ts";
import {
  type AntiEntropyOptions,
  antiEntropyDefaults,
} from "../../exchange/anti-entropy/anti-entropy.options.ts";
import { AntiEntropy } from "../../exchange/anti-entropy/anti-entropy.ts";
import {
  decodeAntiEntropy,
  encodeAntiEntropy,
} from "../../exchange/anti-entropy/anti-entropy.wire.ts";
import type { Enrolled, FindCodec } from "../../exchange/enrolled.ts";
import type { Replica } from "../../exchange/replica.ts";
import type { Frame } from "../../wire/frame.ts";
import type { FramePost } from "./frame-post.ts";
import type { HearsayView } from "./hearsay-view.ts";
import type { StackCounters } from "./stack.contract.ts";

export interface DataLayerParts {
  readonly host: StackHost;
  readonly hearsayPeers: HearsayView;
  readonly counters: StackCounters;
  readonly origin: () => Origin;
  readonly post: FramePost;
  readonly options: AntiEntropyOptions | undefined;
  /** For who follows messages. */
  readonly onArrival: (arrival: Arrival) => void;
  /** A peer compares a replica that is not enrolled: the last chance to enrol it. */
  readonly onUnknown: (name: string) => void;
}

/** Who replicates what, by the lives of nodes: what rounds ask before they exchange anything. */
export interface OriginSets {
  /** The replica that says so. */
  readonly replica: string;
  /** True for a life that has no place in the set of `replica` any more. */
  isRefused(origin: Origin, replica: string): boolean;
  /** Told after each message of a catch-up. */
  onProgress(progress: AntiEntropyProgress): void;
  /** `origin` has seen all of `seen`. */
  onSeen(origin: Origin, replica: string, seen: ReadonlyDotSet): void;
}

/**
 * The replicas of a node, and the anti-entropy that keeps them in agreement with those of other
 * nodes. Until the first is enrolled there is no anti-entropy: nothing is sent, and no timer runs.
 */
export class DataLayer {
  private readonly parts: DataLayerParts;
  private readonly enrolled = new Map<string, Enrolled>();
  private readonly codecOf: FindCodec = (name) => this.enrolled.get(name)?.codec;
  private engine: AntiEntropy | undefined;
  private random: Random | undefined;
  private sets: OriginSets | undefined;
  /** Whose message is being read: rounds know nodes by name, and sets know their lives. */
  private speaker: Origin | undefined;
  private isStopped = false;

  constructor(parts: DataLayerParts) {
    this.parts = parts;
  }

  /** In a step. From now on `enrolled.replica` is kept in agreement. */
  enrol(enrolled: Enrolled): void {
    this.enrolled.set(enrolled.name, enrolled);
    this.engine ??= this.mount();
    this.engine.enrol(enrolled);
  }

  /** Undefined where this node takes no part. */
  replicaOf(name: string): Replica<unknown> | undefined {
    return this.enrolled.get(name)?.replica;
  }

  /** Before the first replica is enrolled. */
  useSets(sets: OriginSets): void {
    this.sets = sets;
  }

  /** In a step. Begins rounds with so many random peers now. */
  compareNow(peersCount: number): void {
    const { engine, random } = this;
    if (engine === undefined || random === undefined) return;
    const peers: PeerId[] = [];
    this.parts.hearsayPeers.sample(random, peersCount, peers);
    for (const peer of peers) engine.compareWith(peer);
  }

  /** In a step. Begins rounds with these peers now; those that are gone are passed over. */
  compareWith(peers: readonly PeerId[]): void {
    for (const peer of peers) this.engine?.compareWith(peer);
  }

  /** False when flow control is on, and another update would be more than gossip carries. */
  takeTurn(): boolean {
    return this.engine?.flow?.takeTurn() ?? true;
  }

  stop(): void {
    this.isStopped = true;
    this.engine?.stop();
  }

  onFrame(frame: Frame): void {
    const { counters } = this.parts;
    const message = decodeAntiEntropy(frame.body, this.codecOf);
    if (message === undefined) return counters.add("stack.dropped.badBody");
    if (message.kind === "compare") this.tellUnknown(message.claims);
    const { engine } = this;
    if (engine === undefined) return counters.add("antiEntropy.dropped.unknownReplica");
    this.speaker = frame.origin;
    engine.onMessage(peerId(parseOrigin(frame.origin)?.name ?? frame.origin), message);
    this.speaker = undefined;
  }

  private tellUnknown(claims: readonly Claim[]): void {
    for (const { replica } of claims) {
      if (!this.enrolled.has(replica)) this.parts.onUnknown(replica);
    }
  }

  private mount(): AntiEntropy {
    const { counters, hearsayPeers, host, onArrival } = this.parts;
    const { options = antiEntropyDefaults } = this.parts;
    const engine = host.mount(
      "antiEntropy",
      (to: PeerId, message: AntiEntropyMessage) => this.send(to, message),
      (env) => {
        this.random = env.random;
        const wiring = { peers: hearsayPeers, counters, onArrival, ...this.port() };
        return new AntiEntropy(env, wiring, options);
      },
    );
    engine.start();
    return engine;
  }

  private port(): Pick<AntiEntropyWiring, "onProgress" | "sets"> {
    const { sets } = this;
    if (sets === undefined) return {};
    const speaker = (): Origin | undefined => this.speaker;
    return {
      onProgress: (progress) => sets.onProgress(progress),
      sets: {
        replica: sets.replica,
        isRefused: (_, replica) => {
          const origin = speaker();
          return origin !== undefined && sets.isRefused(origin, replica);
        },
        onSeen: (_, replica, seen) => {
          const origin = speaker();
          if (origin !== undefined) sets.onSeen(origin, replica, seen);
        },
      },
    };
  }

  /** After a message that is lost the round ends, and a later one repairs. */
  private send(to: PeerId, message: AntiEntropyMessage): void {
    const { origin, post } = this.parts;
    const frame = encodeAntiEntropy(message, origin(), this.codecOf);
    post.afterWrites(
      () => this.isStopped,
      () => post.send(to, frame),
    );
  }
}
