import { type Address, addressKey } from "../../core/address.ts";
import { type Origin, type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type {
  ClaimVoice,
  DegradedCount,
  DegradedMember,
  HealthSample,
} from "../../peers/degraded/degraded.contract.ts";
import {
  type ClaimMessage,
  DEGRADED_CHANNEL,
  type Trouble,
} from "../../peers/degraded/degraded.messages.ts";
import type { DegradedOptions } from "../../peers/degraded/degraded.options.ts";
import { Degraded } from "../../peers/degraded/degraded.ts";
import { decodeClaim, encodeClaim } from "../../peers/degraded/degraded.wire.ts";
import type { PeerView } from "../../peers/peer-view.ts";
import type { MemberHealth, SwimMember } from "../../peers/swim/swim.contract.ts";
import type { Swim } from "../../peers/swim/swim.ts";
import { encodeFrame, type Frame } from "../../wire/frame.ts";
import type { FramePost } from "./frame-post.ts";

export interface DegradedLayerParts {
  readonly name: string;
  readonly host: StackHost;
  readonly swim: Swim;
  readonly hearsayPeers: PeerView;
  readonly counters: { add(name: DegradedCount | "stack.dropped.badBody", by?: number): void };
  readonly listener: DegradedEar;
  readonly origin: () => Origin;
  readonly post: FramePost;
  readonly options: DegradedOptions;
  /** Which life a member lives; undefined for nobody who is here, or who is not Hearsay. */
  livingBoot(name: string): number | undefined;
  /** See `DegradedWiring`. */
  readonly voice: ClaimVoice | undefined;
}

/** Who hears that members, this node among them, become degraded or well. */
export interface DegradedEar {
  onHealth(change: "degrade" | "recover", member: SwimMember): void;
}

/** What members say of their own health, and what this node says of its own. */
export class DegradedLayer implements MemberHealth {
  private readonly parts: DegradedLayerParts;
  private readonly machine: Degraded;
  private isStopped = false;

  constructor(parts: DegradedLayerParts) {
    this.parts = parts;
    const { counters, hearsayPeers, host, name, options } = parts;
    const wiring = {
      self: name,
      peers: hearsayPeers,
      counters,
      listener: {
        onDegrade: (member: DegradedMember) => this.onDegrade(member),
        onRecover: (who: string, why: Farewell) => this.onRecover(who, why),
      },
      livingBoot: (who: string) => parts.livingBoot(who),
      ownBoot: () => parseOrigin(parts.origin())?.boot ?? 0,
      voice: parts.voice,
    };
    this.machine = host.mount(
      "degraded",
      (to: PeerId, claim: ClaimMessage) => this.send(to, claim),
      (env: ConstructorParameters<typeof Degraded>[0]) => new Degraded(env, wiring, options),
    );
    const onPeerDown = (peer: PeerId): void => this.machine.forget(String(peer));
    hearsayPeers.subscribe({ onPeerUp: () => {}, onPeerDown });
  }

  get degradedCount(): number {
    return this.machine.degradedCount;
  }

  /** undefined while it is well. */
  of(name: string): DegradedMember | undefined {
    return this.machine.of(name);
  }

  patienceFor(name: string): number {
    return this.machine.patienceFor(name);
  }

  isDegraded(name: string): boolean {
    return this.machine.isDegraded(name);
  }

  /** In a step. */
  onSample(sample: HealthSample): void {
    if (!this.isStopped) this.machine.onSample(sample);
  }

  stop(): void {
    this.isStopped = true;
    this.machine.stop();
  }

  /** In a step: from a packet. `from` tells whether it is the member itself that speaks. */
  onFrame(from: Address, { body, origin }: Frame): void {
    const { counters, swim } = this.parts;
    const claim = decodeClaim(body);
    const speaker = parseOrigin(origin);
    if (claim === undefined || speaker?.boot !== claim.boot) {
      return counters.add("stack.dropped.badBody");
    }
    const member = swim.members.get(speaker.name);
    const isThere = member !== undefined && addressKey(member.address) === addressKey(from);
    const claimant = {
      peer: peerId(speaker.name),
      from: isThere ? "itself" : "elsewhere",
    } as const;
    this.machine.onClaim(claimant, claim);
  }

  private onDegrade({ name, trouble }: DegradedMember): void {
    const { listener, name: self, swim } = this.parts;
    swim.noteHealth(name, "degraded", troubleText(trouble));
    if (name === self) swim.doubtOneself();
    const member = swim.members.get(name);
    if (member !== undefined) listener.onHealth("degrade", member);
  }

  private onRecover(name: string, why: Farewell): void {
    const { listener, swim } = this.parts;
    swim.noteHealth(name, "recovered", farewells[why]);
    const member = swim.members.get(name);
    if (member !== undefined && why !== "gone") listener.onHealth("recover", member);
  }

  private send(to: PeerId, claim: ClaimMessage): void {
    const { origin, post } = this.parts;
    if (this.isStopped || !post.canReach(to)) return;
    post.send(to, claimFrame(origin(), claim));
  }
}

type Farewell = "said" | "expired" | "gone";

const farewells = {
  said: "it says so",
  expired: "it said nothing more of being busy",
  gone: "it is gone",
} as const satisfies Record<Farewell, string>;

export function claimFrame(origin: Origin, claim: ClaimMessage): Uint8Array {
  return encodeFrame({ origin, channel: DEGRADED_CHANNEL, body: encodeClaim(claim) });
}

function troubleText({ delayMs, gcMs }: Trouble): string {
  const block = `its event loop stood still for ${delayMs} ms`;
  return gcMs > 0 ? `${block}, its garbage collector paused it for ${gcMs} ms` : block;
}
