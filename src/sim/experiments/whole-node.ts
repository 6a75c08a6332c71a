import { parseIp } from "../../core/ip.ts";
import { compose } from "../../node/compose.ts";
import type {
  StackCounters,
  StackListener,
  StackOptions,
} from "../../node/stack/stack.contract.ts";
import type { Stack } from "../../node/stack/stack.ts";
import type { SimNode } from "../sim-node.ts";

export interface WholeNodeSetting {
  /** As that of its machine. */
  readonly name: string;
  readonly options: StackOptions;
  readonly onMembership: StackListener["onMembership"];
  readonly onCount?: (name: string, by: number) => void;
}

/** The whole stack of a real node on a simulated machine, for who wants to know of its members. */
export function wholeNode(host: SimNode, setting: WholeNodeSetting): Stack {
  const { name, onCount, onMembership, options } = setting;
  const counters = { add: (what: string, by = 1) => onCount?.(what, by) };
  return wholeStack(host, { name, options, counters, listener: { onMembership } });
}

export interface WholeStackSetting {
  /** As that of its machine. */
  readonly name: string;
  readonly options: StackOptions;
  readonly counters: StackCounters;
  /** What it does not name, nobody hears. */
  readonly listener: Partial<StackListener>;
}

/** The same for who listens to more than members. */
export function wholeStack(host: SimNode, setting: WholeStackSetting): Stack {
  const { listener, ...given } = setting;
  const addr = parseIp(host.address.host);
  if (addr === undefined) throw new Error("simulated machines have IP addresses");
  return compose(host, {
    ...given,
    addr,
    port: host.address.port,
    tags: new Map(),
    boot: 1,
    wire: "serf",
    listener: { ...silent, ...listener },
  });
}

const silent: StackListener = {
  onMembership: () => {},
  onRumor: () => "accepted",
  onUserEvent: () => {},
  onQuery: () => {},
  onQueryDone: () => {},
  onLeft: () => {},
  onConflictLost: () => {},
  onConflict: () => {},
  onForeign: () => {},
  onPastToKeep: () => {},
  onBootRaised: () => {},
};
