/** What users type of the info network: `infos: { via: "grpc", … }` and `node.infoNetwork`. */
import type { InfoNetworkOptions } from "../../data/info-network/info-network.options.ts";
import type { InfoValueOptions } from "../infos/info-values.ts";
import type { GrpcOptions } from "./grpc.options.ts";

/** Certificates, as PEM. Both sides show one, and believe whom `ca` has signed. */
export interface InfosTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** A name that stands in all certificates. Default: the host that is dialled must stand there. */
  readonly serverName?: string;
}

/**
 * Infos by the gRPC network, which other programs can take part in. A value travels as its codec
 * writes it, with nothing of Hearsay's before it, so all nodes of a network use one codec. Numbers
 * as in docs/reference/options.md, those of the info network and those of its gRPC.
 */
export interface GrpcInfosChoice
  extends InfoValueOptions,
    Partial<InfoNetworkOptions>,
    Partial<GrpcOptions> {
  readonly via: "grpc";
  /** 1 … 2³¹ − 1, unique in the network, the same in every life of the node. */
  readonly nodeId: number;
  /** The UUID that keeps networks apart. Default: that of whoever is dialled first. */
  readonly clusterId?: string;
  /** `host:port` of the gRPC server. Port 0 = any free one. */
  readonly listen: string;
  /** `host:port` told to others. Default: where it listens. */
  readonly advertise?: string;
  /** `host:port` of nodes to ask first. */
  readonly resolvers?: readonly string[];
  /** Package of the gRPC service. Default "cockroach.gossip". */
  readonly packageName?: string;
  /**
   * "hold": this node says that the network is whole, for as long as it lives; all others take
   * what they hear of it as the sign that they are not cut off. One node of a network does.
   * Default: "hold" when it has no resolvers, else "follow".
   */
  readonly sentinel?: "hold" | "follow";
  /** Default: in the clear. */
  readonly tls?: InfosTls;
}

/** Where an info of the network comes from. */
export interface InfoPath {
  /** Who wrote it. */
  readonly nodeId: number;
  /** Who told this node; 0: itself. */
  readonly peerId: number;
  readonly hops: number;
  /** Nanoseconds since the epoch, at its writer: later ones of a writer are greater. */
  readonly origStamp: bigint;
}

/** One stream of the network, seen from here. */
export interface InfoLink {
  /** 0 while it is not known. */
  readonly nodeId: number;
  readonly address: string;
  readonly ageMs: number;
  readonly infosSent: number;
  readonly infosReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** A node's part in the network, as plain data. Source: CockroachDB's InfoStatus. */
export interface InfoNetworkReport {
  readonly nodeId: number;
  /** A UUID; undefined while it is not known. */
  readonly clusterId: string | undefined;
  /** Where others dial this node. */
  readonly address: string;
  /** "stalled": nothing is heard of the sentinel, so this node may be cut off. */
  readonly condition: "connected" | "stalled";
  readonly sentinel: "hold" | "follow";
  /** Where another node goes by the id of this one: end one of the two. */
  readonly nodeIdTakenBy?: string;
  /** Most links of each direction. */
  readonly linksMaxCount: number;
  readonly outgoing: readonly InfoLink[];
  readonly incoming: readonly InfoLink[];
  /** How many were sent elsewhere. */
  readonly refusedCount: number;
  readonly nodes: readonly { readonly nodeId: number; readonly address: string }[];
  readonly connectivity: {
    /** Who holds the sentinel; 0: nobody that is known. */
    readonly sentinelNodeId: number;
    /** Who has dialled whom. */
    readonly links: readonly { readonly sourceId: number; readonly targetId: number }[];
  };
  /** Greatest stamp that is known of each node, by id. */
  readonly highWaterStamps: Readonly<Record<string, bigint>>;
  readonly infosCount: number;
}

/** The info network of a node whose infos go by gRPC. */
export interface InfoNetworkApi {
  /** Where the gRPC server listens, `host:port`. */
  readonly address: string;
  /** Who is known, and over which links infos go. */
  status(): InfoNetworkReport;
  /** The same with all infos, as protobuf `InfoStatus`: what tools of CockroachDB read. */
  statusBytes(): Uint8Array;
  /** This node says from now on that the network is whole. Let one node do so at a time. */
  holdSentinel(): void;
  /** It does so no more: what it said lives on for what is left of its time. */
  releaseSentinel(): void;
}
