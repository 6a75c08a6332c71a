import { parseOrigin } from "../../core/peer.ts";
import type { ReadableState } from "../../data/node-state/node-state.ts";
import type { HeldEntry } from "../../data/node-state/state-copy.ts";
import type { InfoValues } from "../infos/info-values.ts";
import { KeyPattern } from "../infos/key-pattern.ts";
import type { MemberState, StateValue } from "./state.api.ts";

/** What is known of one node's state, as users read it. */
export class StateReader implements MemberState {
  private readonly values: Pick<InfoValues, "read">;
  private readonly state: () => ReadableState | undefined;
  private readonly expiresAt: (key: string) => number | undefined;

  /** `state` is asked each time. */
  constructor(
    values: Pick<InfoValues, "read">,
    state: () => ReadableState | undefined,
    expiresAt: (key: string) => number | undefined = () => undefined,
  ) {
    this.values = values;
    this.state = state;
    this.expiresAt = expiresAt;
  }

  get size(): number {
    return [...(this.state()?.entries() ?? [])].length;
  }

  get<V = unknown>(key: string): V | undefined {
    return this.entry<V>(key)?.value;
  }

  entry<V = unknown>(key: string): StateValue<V> | undefined {
    const state = this.state();
    const entry = state?.get(key);
    if (state === undefined || entry === undefined) return undefined;
    return this.picture(state, entry) as StateValue<V> | undefined;
  }

  entries<V = unknown>(pattern = "*"): StateValue<V>[] {
    const wanted = new KeyPattern(pattern);
    const state = this.state();
    const pictures: StateValue[] = [];
    for (const entry of state?.entries() ?? []) {
      const picture = state && wanted.matches(entry.key) && this.picture(state, entry);
      if (picture) pictures.push(picture);
    }
    return pictures.sort((a, b) => (a.key < b.key ? -1 : 1)) as StateValue<V>[];
  }

  /** undefined for a value that cannot be read with the schemas of this node. */
  private picture(
    { origin }: ReadableState,
    { key, value: bytes, version }: HeldEntry,
  ): StateValue | undefined {
    const reading = this.values.read(key, bytes);
    if (reading.kind !== "value") return undefined;
    const member = parseOrigin(origin)?.name ?? origin;
    const { value } = reading;
    const picture = { key, value, member, dot: { origin, seq: version } };
    const expiresAt = this.expiresAt(key);
    return expiresAt === undefined ? picture : { ...picture, expiresAt };
  }
}
