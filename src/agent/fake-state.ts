/** State that only pretends, for the tests of the agent and the command line: maps on this node. */
import { makeOrigin } from "../core/peer.ts";
import type {
  MemberState,
  OwnNodeState,
  StateNotice,
  StateValue,
  StateWatchOptions,
  Subscription,
} from "../node/api.ts";

export class FakeMemberState implements MemberState {
  readonly values = new Map<string, unknown>();
  readonly member: string;

  constructor(member: string) {
    this.member = member;
  }

  get size(): number {
    return this.values.size;
  }

  get<V>(key: string): V | undefined {
    return this.entry<V>(key)?.value;
  }

  entry<V>(key: string): StateValue<V> | undefined {
    if (!this.values.has(key)) return undefined;
    const dot = { origin: makeOrigin(this.member, 7), seq: 1 };
    return { key, value: this.values.get(key) as V, member: this.member, dot };
  }

  entries<V>(pattern = "*"): StateValue<V>[] {
    const start = pattern.replace("*", "");
    const keys = [...this.values.keys()].filter((key) => key.startsWith(start)).sort();
    return keys.flatMap((key) => this.entry<V>(key) ?? []);
  }
}

export class FakeState extends FakeMemberState implements OwnNodeState {
  readonly others = new Map<string, FakeMemberState>();

  async set(key: string, value: unknown) {
    this.values.set(key, value);
    return { dot: { origin: makeOrigin(this.member, 7), seq: 1 }, durable: false };
  }

  async delete(key: string) {
    if (!this.values.delete(key)) return undefined;
    return { dot: { origin: makeOrigin(this.member, 7), seq: 2 }, durable: false };
  }

  of(member: string): FakeMemberState {
    if (member === this.member) return this;
    const known = this.others.get(member) ?? new FakeMemberState(member);
    this.others.set(member, known);
    return known;
  }

  members(): string[] {
    const states = [this, ...this.others.values()].filter(({ size }) => size > 0);
    return states.map(({ member }) => member).sort();
  }

  watch<V>(
    pattern: string,
    listener: (notice: StateNotice<V>) => void,
    options?: StateWatchOptions,
  ): () => void;
  watch<V>(pattern: string, options?: StateWatchOptions): Subscription<StateNotice<V>>;
  watch(): never {
    throw new Error("the fake state is not watched");
  }
}
