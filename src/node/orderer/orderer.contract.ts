import type { Orderer } from "../../core/orderer.ts";
import type { StackHost } from "../../core/stack-host.ts";
import type { Logger } from "../api.ts";
import type { Links } from "../links/links.contract.ts";
import type { NodePorts } from "../node-ports.ts";
import type { NodeStore } from "../node-store.ts";

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
  /** Something after which the node cannot go on. */
  die(error: Error): void;
}

/** What a node hears of others, as far as an order is concerned. Called within a step. */
export type OrdererNotice =
  /** It said goodbye. */
  | { readonly kind: "left"; readonly name: string }
  /** It is there, or there again. */
  | { readonly kind: "present"; readonly name: string }
  /** It has not been heard of for a while, or was evicted. */
  | { readonly kind: "failed"; readonly name: string };

/** An engine at work on a node. */
export interface MountedOrderer {
  readonly orderer: Orderer;
  /**
   * "engine": what is given to `compact` is kept by the engine, and told by `onSnapshot`. "node":
   * it is not, so this node writes it to its own disk first, and asks peers for theirs.
   */
  readonly keepsState: "engine" | "node";
  /** In a step, once all subscribers stand. */
  start(): void;
  onNotice?(notice: OrdererNotice): void;
  /** The node is about to leave: whatever it leads, others should. */
  handOver?(): Promise<void>;
  metrics?(): Readonly<Record<string, number>>;
  /** In a step: `orderer` ends all requests, and tells nothing any more. */
  stop(): void;
  /** What is left of it in the world outside, after `stop`. */
  closed?(): Promise<void>;
}

/** An engine whose code is loaded. */
export interface OrdererEngine {
  /** Once a node, in a step, when its stack stands. @throws HearsayError CONFIG_OPTION, DATA_DIR */
  mount(ports: OrdererPorts): MountedOrderer;
}
