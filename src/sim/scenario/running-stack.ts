import type { Address } from "../../core/address.ts";
import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import type { MembershipChange } from "../../node/stack/stack.contract.ts";
import type { SwimMembership } from "../../peers/swim/swim.contract.ts";
import type { MemberTable } from "../checkers/checker.ts";
import type { SimNode } from "../sim-node.ts";
import type { Forming, Given, ProtocolChoice, Scenario } from "./scenario.ts";

/** What a node of a scenario tells; called within a step. */
export interface NodeEar {
  onMembership(change: MembershipChange, name: string): void;
  onRumor(rumor: Rumor): void;
  /** Its goodbye was said. */
  onLeft(): void;
}

/** What one life of a node is made of. */
export interface StackSeed {
  readonly name: string;
  readonly ear: NodeEar;
  readonly count: (name: string, by: number) => void;
}

/** The protocols of one node in one life, as far as a scenario cares. */
export interface RunningStack {
  readonly membership: SwimMembership;
  readonly tables: readonly MemberTable[];
  join(address: Address, onEnd: (end: "joined" | "failed") => void): void;
  /** The places to come back to when everybody is lost; not every stack can. */
  setSeeds(addresses: readonly Address[]): void;
  leave(): void;
  /** Undefined where no exchange runs. */
  readonly publish: ((payload: Uint8Array) => Rumor) | undefined;
}

/** Starts one node; the same function starts all nodes of a run, and may share what they can. */
export type StackBuilder = (host: SimNode, seed: StackSeed) => RunningStack;

/** What all nodes of a run have in common. */
export interface StackPlan {
  readonly wire: ProtocolChoice["wire"];
  /** Names of nodes that each of them knows from its first start. */
  readonly known: readonly string[];
}

/** A combination of protocols that nodes of a scenario can run. */
export interface StackKind {
  readonly summary: string;
  readonly peers: string;
  readonly wires: readonly ProtocolChoice["wire"][];
  readonly exchange: readonly string[];
  /** Slices whose options a scenario may set. */
  readonly slices: readonly string[];
  /** Ways in which a cluster of it can come to be. */
  readonly begins: readonly Forming["begin"][];
  /** @throws HearsayError CONFIG_OPTION, SCENARIO_INVALID */
  prepare(
    profile: Scenario["profile"],
    options: Readonly<Record<string, Given>>,
  ): (plan: StackPlan) => StackBuilder;
}
