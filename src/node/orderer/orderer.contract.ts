import type { Orderer } from "../../core/orderer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { Logger, MemberStatus } from "../api.ts";
import type { Links } from "../links/links.contract.ts";
import type { NodePorts } from "../node-ports.ts";
import type { NodeStore } from "../node-store.ts";
import type { OrdererChoice, OrderLogStatus } from "./orderer.api.ts";

/** What an engine may use of the node that it orders for. */
export interface OrdererPorts extends NodePorts {
  /** This node's name. */
  readonly name: string;
  readonly host: StackHost;
  /** Absent when the node has no disk. */
  readonly store: NodeStore | undefined;
  readonly logger: Logger;
  /** They stand when `mount` is called. */
  links(): Links;
  /** Living Hearsay members but this node, at most `count` of them, as the dice fall. */
  somePeers(count: number): readonly string[];
  /** How the member of this name stands; undefined when none has it. */
  statusOf(name: string): MemberStatus | undefined;
  /** Why this member must not be removed now; undefined when it may. */
  objectionToRemoval(name: string): string | undefined;
  /** Something after which the node cannot go on. */
  die(error: unknown): void;
}

/** An engine at work on a node. */
export interface MountedOrderer {
  readonly orderer: Orderer;
  /**
   * "engine": what is given to `compact` is kept by the engine, and told by `onSnapshot`. "node":
   * it is not, so this node writes it to its own disk first, and asks peers for theirs.
   */
  readonly keepsState: "engine" | "node";
  /**
   * "listed" (default): the group knows who only hears, and `orderer.members` says so. "anyone":
   * whoever reads its log does.
   */
  readonly learners?: "listed" | "anyone";
  /** In a step, once all subscribers stand. @throws HearsayError DATA_DIR */
  start(): void;
  /** In a step, every second while the node runs: looks after members and peers. */
  onRound?(): void;
  /** The node is about to leave: whatever it leads, others should. */
  handOver?(): Promise<void>;
  metrics?(): Readonly<Record<string, number>>;
  /** Of engines that keep a log on each node. */
  log?(): OrderLogStatus;
  /** In a step: `orderer` ends all requests, and tells nothing any more. */
  stop(): void;
  /** What is left of it in the world outside, after `stop`. */
  closed?(): Promise<void>;
}

/** The engine that a node's options chose, with its code. */
export interface OrderChosen {
  readonly choice: OrdererChoice;
  readonly engine: OrdererEngine;
}

/** An engine whose code is loaded. */
export interface OrdererEngine {
  /** Once a node, in a step, when its stack stands. @throws HearsayError CONFIG_OPTION, DATA_DIR */
  mount(ports: OrdererPorts): MountedOrderer;
}
