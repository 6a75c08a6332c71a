import { HearsayError } from "../../core/errors.ts";
import { makeOrigin } from "../../core/peer.ts";
import type {
  HeldInfo,
  InfoNotice,
  InfoRefusal,
  SetOutcome,
} from "../../data/info-network/info-network.contract.ts";
import { NO_EXPIRY, type StampedInfo } from "../../data/info-network/info-network.messages.ts";
import type { InfoNetwork } from "../../data/info-network/info-network.ts";
import { openPayload } from "../../data/info-network/raw-bytes.ts";
import type {
  InfosBacking,
  InfosReader,
  KeptChange,
  KeptInfo,
} from "../infos/infos-backing.contract.ts";
import type { PublicDot } from "../topics/topics.api.ts";

const NANOS_A_MS = 1_000_000n;
/** The numbers of dots tell stamps in microseconds, so no two writes of a node share one. */
export const STAMP_STEP_NANOS = 1_000n;

/** Infos of the network, as `node.infos` sees them. */
export class NetworkInfos implements InfosBacking {
  private readonly network: InfoNetwork;
  private readonly wallClock: () => number;
  private readonly unwatch: () => void;

  constructor(network: InfoNetwork, wallClock: () => number, reader: InfosReader) {
    this.network = network;
    this.wallClock = wallClock;
    this.unwatch = network.watch({
      matches: () => true,
      notices: "all",
      held: "skipped",
      onInfo: (notice) => {
        const change = this.changeOf(notice);
        if (change !== undefined) reader.onChange(change);
      },
    });
  }

  get lastChange(): number {
    return this.network.lastPosition;
  }

  *infos(): IterableIterator<KeptInfo> {
    for (const held of this.network.held()) {
      const kept = keptInfo(held);
      if (kept.value !== undefined) yield kept;
    }
  }

  info(key: string): KeptInfo | undefined {
    const reading = this.network.read(key);
    if (reading.status !== "ok") return undefined;
    return picture(key, reading.info, reading.payload);
  }

  set(key: string, value: Uint8Array, expiresAt: number | undefined): PublicDot {
    const ttlMs = expiresAt === undefined ? 0 : Math.max(1, expiresAt - this.wallClock());
    return stored(key, this.network.set(key, value, ttlMs));
  }

  delete(key: string): PublicDot | undefined {
    const outcome = this.network.delete(key);
    return outcome && stored(key, outcome);
  }

  *changesSince(number: number): IterableIterator<KeptChange> {
    const nowNanos = BigInt(this.wallClock()) * NANOS_A_MS;
    for (const held of this.network.heldSince(number)) {
      const isOver = held.info.ttlStamp <= nowNanos;
      const kind = isOver ? "expired" : "changed";
      const change = this.changeOf({ ...held, kind });
      if (change !== undefined) yield { ...change, number: held.position };
    }
  }

  /** Infos of the network are kept in memory: others hold them too. */
  async durable(): Promise<boolean> {
    return false;
  }

  metrics(): Readonly<Record<string, number>> {
    return { "infos.held": this.network.status().infosCount };
  }

  stop(): void {
    this.unwatch();
  }

  /** undefined for the end of what had no value. */
  private changeOf({ kind, ...held }: InfoNotice): KeptChange | undefined {
    const kept = keptInfo(held);
    const isRedundant = kind === "redundant";
    if (kind === "expired") {
      if (kept.value === undefined) return undefined;
      // It was stored long ago, and ends now.
      const info = { ...kept, value: undefined };
      return { kind: "expire", number: this.lastChange, info, isRedundant };
    }
    const what = held.info.rawBytes.length === 0 ? "delete" : "set";
    return { kind: what, number: held.position, info: kept, isRedundant };
  }
}

function keptInfo({ info, key }: HeldInfo): KeptInfo {
  const opened = openPayload(key, info.rawBytes);
  return picture(key, info, opened.status === "ok" ? opened.payload : undefined);
}

function picture(key: string, info: StampedInfo, value: Uint8Array | undefined): KeptInfo {
  const { hops, nodeId, origStamp, peerId, ttlStamp, wallTime } = info;
  const ms = Number(wallTime / NANOS_A_MS);
  return {
    key,
    value,
    from: nameOf(nodeId),
    dot: dotOf(info),
    clock: { ms, counter: Number(wallTime % NANOS_A_MS) },
    expiresAt: ttlStamp === NO_EXPIRY ? undefined : Number(ttlStamp / NANOS_A_MS),
    path: { nodeId, peerId, hops, origStamp },
  };
}

/** Of nodes only ids are known here. */
function nameOf(nodeId: number): string {
  return `n${nodeId}`;
}

/**
 * Stamps are greater than numbers can be: in a dot they are told in microseconds, and exactly in
 * the info's path. Lives of a node share one row of stamps.
 */
function dotOf({ nodeId, origStamp }: StampedInfo): PublicDot {
  const origin = makeOrigin(nameOf(nodeId), 0);
  return { origin, seq: Number(origStamp / STAMP_STEP_NANOS) };
}

/** @throws HearsayError */
function stored(key: string, outcome: SetOutcome): PublicDot {
  if (outcome.status === "stored") return dotOf(outcome.held.info);
  const { code, rule } = refusals[outcome.status];
  throw new HearsayError(code, `info ${JSON.stringify(key)}: ${rule}.`);
}

const refusals = {
  noNodeId: { code: "CONFIG_OPTION", rule: "this node has no id yet" },
  keyInvalid: {
    code: "CONFIG_OPTION",
    rule: "a key is text of 1 byte to infos.keyMaxBytes",
  },
  keyReserved: {
    code: "CONFIG_OPTION",
    rule: "cluster-id, sentinel, node:… and gossip-clients:… are the network's own",
  },
  ttlRequired: {
    code: "CONFIG_OPTION",
    rule: "a key of one node needs a ttlMs, lest it outlives that node",
  },
  ttlInvalid: { code: "CONFIG_OPTION", rule: "ttlMs must be above 0" },
  valueTooLarge: {
    code: "VALUE_TOO_LARGE",
    rule: "its value is larger than infos.valueMaxBytes",
  },
  storeFull: {
    code: "STORE_FULL",
    rule: "the store is full; delete keys, or raise infos.keysMaxCount or infos.totalMaxBytes",
  },
  overtaken: {
    code: "INFO_OVERTAKEN",
    rule: "what is held of it is stamped too far ahead of this node's clock; set the clocks",
  },
} as const satisfies Readonly<
  Record<InfoRefusal, { readonly code: HearsayError["code"]; readonly rule: string }>
>;
