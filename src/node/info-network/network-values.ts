import { CLIENTS_PREFIX, CLUSTER_ID_KEY, SENTINEL_KEY } from "../../data/info-network/own-infos.ts";
import { NODE_PREFIX } from "../../data/info-network/stamp-store.ts";
import { type InfoReading, type InfoValueOptions, InfoValues } from "../infos/info-values.ts";

/** Values of a network that others take part in: bare, and bytes where they are the network's. */
export class NetworkValues {
  private readonly values: InfoValues;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(options: InfoValueOptions) {
    this.values = new InfoValues(options, "none");
  }

  /** @throws HearsayError SCHEMA_INVALID, SCHEMA_ASYNC, CODEC_FAILED */
  encode(key: string, value: unknown): Uint8Array {
    return this.values.encode(key, value);
  }

  /** Never throws. */
  read(key: string, bytes: Uint8Array): InfoReading {
    if (isNetworkKey(key)) return { kind: "value", value: Uint8Array.from(bytes) };
    return this.values.read(key, bytes);
  }

  /**
   * Whether a value may be kept and passed on: what no schema speaks of is, whatever it is, for
   * others may read it.
   */
  accepts(key: string, bytes: Uint8Array): boolean {
    if (isNetworkKey(key) || !this.values.hasSchema(key)) return true;
    return this.values.read(key, bytes).kind === "value";
  }
}

function isNetworkKey(key: string): boolean {
  if (key === CLUSTER_ID_KEY || key === SENTINEL_KEY) return true;
  return key.startsWith(NODE_PREFIX) || key.startsWith(CLIENTS_PREFIX);
}
