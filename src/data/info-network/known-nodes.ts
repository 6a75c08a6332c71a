import { HearsayError } from "../../core/errors.ts";
import type {
  DescriptorCodec,
  HeldInfo,
  InfoNetworkWiring,
  NodeDescriptor,
} from "./info-network.contract.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import { openPayload } from "./raw-bytes.ts";
import { NODE_PREFIX } from "./stamp-store.ts";
import { isNodeId } from "./stamped-info.ts";

/** The first and the last hop of a way lead to no choice of links. [infostore §7] */
const HOPS_AT_ENDS = 2;
const ADDRESS_MAX_LENGTH = 300;

/**
 * Places for links in each direction, so that `nodesCount` nodes are within `hopsMaxCount` hops:
 * the least k with k to the power of (hops − 2) ≥ n. By search, for roots round wrongly.
 * [infostore §7]
 */
export function peersMaxCount(nodesCount: number, options: InfoNetworkOptions): number {
  const exponent = Math.max(1, options.hopsMaxCount - HOPS_AT_ENDS);
  let peers = options.peersMinCount;
  while (power(peers, exponent, nodesCount) < nodesCount) peers += 1;
  return peers;
}

/** Stops where it has reached `enough`. */
function power(base: number, exponent: number, enough: number): number {
  let result = 1;
  for (let count = 0; count < exponent && result < enough; count += 1) result *= base;
  return result;
}

/** @throws HearsayError CONFIG_OPTION */
export function checkNodeId(nodeId: number): void {
  if (isNodeId(nodeId)) return;
  const rule = `a node id of the info network is a whole number of 1 … 2³¹ − 1, not ${nodeId}.`;
  throw new HearsayError("CONFIG_OPTION", rule);
}

/** Who says that it is part of the network, and where; told by the infos under `node:`. */
export class KnownNodes {
  private readonly descriptors: DescriptorCodec;
  private readonly counters: InfoNetworkWiring["counters"];
  private readonly options: InfoNetworkOptions;
  private readonly nodes = new Map<number, NodeDescriptor>();

  constructor(
    { counters, descriptors }: Pick<InfoNetworkWiring, "counters" | "descriptors">,
    options: InfoNetworkOptions,
  ) {
    this.descriptors = descriptors;
    this.counters = counters;
    this.options = options;
  }

  get count(): number {
    return this.nodes.size;
  }

  get peersMaxCount(): number {
    return peersMaxCount(this.nodes.size, this.options);
  }

  addressOf(nodeId: number): string | undefined {
    return this.nodes.get(nodeId)?.address.address;
  }

  addresses(): string[] {
    return this.list().map(({ address }) => address.address);
  }

  /** By id, ascending. */
  list(): NodeDescriptor[] {
    return [...this.nodes.values()].sort((a, b) => a.nodeId - b.nodeId);
  }

  /** @returns what a node says of itself, when it is news that can be read */
  onStored({ info, key }: HeldInfo): NodeDescriptor | undefined {
    const nodeId = idOf(key);
    if (nodeId === undefined) return undefined;
    const reading = openPayload(key, info.rawBytes);
    if (reading.status === "corrupt") {
      this.counters.add("descriptorMalformed");
      return undefined;
    }
    // An empty descriptor, of whatever origin, says that the node is gone for good.
    if (reading.status === "deleted" || reading.payload.length === 0) {
      this.nodes.delete(nodeId);
      return undefined;
    }
    const descriptor = this.descriptors.decode(reading.payload);
    const length = descriptor?.address.address.length ?? 0;
    if (descriptor?.nodeId !== nodeId || length === 0 || length > ADDRESS_MAX_LENGTH) {
      this.counters.add("descriptorMalformed");
      return undefined;
    }
    return this.put(descriptor);
  }

  onExpired({ key }: HeldInfo): void {
    const nodeId = idOf(key);
    if (nodeId !== undefined) this.nodes.delete(nodeId);
  }

  private put(descriptor: NodeDescriptor): NodeDescriptor | undefined {
    const { nodeId } = descriptor;
    if (!this.nodes.has(nodeId) && this.nodes.size >= this.options.originsMaxCount) {
      this.counters.add("originsFull");
      return undefined;
    }
    this.nodes.set(nodeId, descriptor);
    return descriptor;
  }
}

/** Of `node:12` 12; undefined of anything else. */
function idOf(key: string): number | undefined {
  if (!key.startsWith(NODE_PREFIX)) return undefined;
  const digits = key.slice(NODE_PREFIX.length);
  const nodeId = /^[1-9][0-9]{0,9}$/.test(digits) ? Number(digits) : 0;
  return isNodeId(nodeId) ? nodeId : undefined;
}
