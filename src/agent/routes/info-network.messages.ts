/** What the admin API says of the info network. */

export interface InfoLinkAnswer {
  /** 0 while it is not known. */
  readonly nodeId: number;
  readonly address: string;
  readonly ageMs: number;
  readonly infosSent: number;
  readonly infosReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** `GET /v1/info-network` and `PUT /v1/info-network/sentinel`. */
export interface InfoNetworkAnswer {
  readonly nodeId: number;
  /** A UUID; absent while it is not known. */
  readonly clusterId?: string;
  readonly address: string;
  readonly condition: "connected" | "stalled";
  readonly sentinel: "hold" | "follow";
  readonly nodeIdTakenBy?: string;
  readonly linksMaxCount: number;
  readonly outgoing: readonly InfoLinkAnswer[];
  readonly incoming: readonly InfoLinkAnswer[];
  readonly refusedCount: number;
  readonly nodes: readonly { readonly nodeId: number; readonly address: string }[];
  readonly connectivity: {
    readonly sentinelNodeId: number;
    readonly links: readonly { readonly sourceId: number; readonly targetId: number }[];
  };
  /** Nanoseconds since the epoch, by node id. */
  readonly highWaterStamps: Readonly<Record<string, string>>;
  readonly infosCount: number;
}
