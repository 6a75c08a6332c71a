import type { SerfContext } from "./context.ts";
import type { SerfMember } from "./serf.contract.ts";
import type { QueryMessage, QueryResponseMessage, RelayMessage } from "./serf.messages.ts";

/** Nodes understand relays from this memberlist protocol version on. */
const RELAY_PROTOCOL_MIN = 5;

/** Answers that also travel by way of others. Source: spec section 24.4. */
export class Relays {
  private readonly context: SerfContext;

  constructor(context: SerfContext) {
    this.context = context;
  }

  /** Sends `response` by up to `query.relayFactor` random members too. */
  send(query: QueryMessage, response: QueryResponseMessage): void {
    const { codec, counters, env, members, options } = this.context;
    const { relayFactor } = query;
    if (relayFactor < 1 || members.size < relayFactor + 1) return;
    const message: RelayMessage = {
      kind: "relay",
      destAddr: query.addr,
      destPort: query.port,
      destZone: "",
      destName: query.sourceNode,
      payload: codec.encode(response),
    };
    if (codec.encode(message).length > options.queryResponseMaxBytes) {
      counters.add("serf.dropped.relayTooLarge");
      return;
    }
    for (const relay of this.choose(relayFactor)) {
      counters.add("serf.relays.sent");
      env.send(relay.address, message);
    }
  }

  /**
   * Departs from Serf, which relays whatever it is given: we carry answers only, so that nobody
   * can make this node send bytes of their choice to an address of their choice.
   */
  carry({ destAddr, destPort, payload }: RelayMessage): void {
    const { codec, counters, membership } = this.context;
    const to = membership.addressOf(destAddr, destPort);
    if (to === undefined || codec.decode(payload)?.kind !== "queryResponse") {
      counters.add("serf.dropped.relayRefused");
      return;
    }
    counters.add("serf.relays.carried");
    membership.sendUser(to, payload);
  }

  private choose(count: number): SerfMember[] {
    const { env, members, membership } = this.context;
    const able: SerfMember[] = [];
    for (const member of members.values()) {
      const isAble = member.status === "alive" && (member.vsn[1] ?? 0) >= RELAY_PROTOCOL_MIN;
      if (isAble && member.name !== membership.local.name) able.push(member);
    }
    // The first steps of a Fisher-Yates shuffle: distinct, and each as likely as any other.
    const chosen: SerfMember[] = [];
    while (chosen.length < count && able.length > 0) {
      const at = env.random.below(able.length);
      const picked = able[at];
      const last = able.pop();
      if (picked === undefined || last === undefined) break;
      chosen.push(picked);
      if (at < able.length) able[at] = last;
    }
    return chosen;
  }
}
