import { Allowance } from "../../core/allowance.ts";
import type { SerfContext } from "./context.ts";
import type { SerfMember } from "./serf.contract.ts";
import type { QueryMessage, QueryResponseMessage, RelayMessage } from "./serf.messages.ts";

/** Nodes understand relays from this memberlist protocol version on. */
const RELAY_PROTOCOL_MIN = 5;
/** How long the list of those who can relay may lag behind the table. */
const ABLE_KEPT_MS = 100;

/** Answers that also travel by way of others. Source: spec section 24.4. */
export class Relays {
  private readonly context: SerfContext;
  private readonly allowance: Allowance;
  private able: SerfMember[] = [];
  private ableSince = Number.NEGATIVE_INFINITY;
  private ableOf = "";

  constructor(context: SerfContext) {
    const { env, options } = context;
    this.context = context;
    this.allowance = new Allowance(options.relaysPerSecondCount, env.now());
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
    // One packet can hold hundreds of queries that each ask for 255 relays of ack and answer.
    const granted = this.allowance.take(relayFactor, env.now());
    if (granted < relayFactor) counters.add("serf.dropped.relaysFull", relayFactor - granted);
    for (const relay of this.choose(granted)) {
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
    if (count === 0) return [];
    const { env } = this.context;
    const able = this.ableMembers();
    // The first steps of a Fisher-Yates shuffle: distinct, and each as likely as any other,
    // whatever order the last one left.
    const chosenCount = Math.min(count, able.length);
    for (let place = 0; place < chosenCount; place += 1) {
      const other = place + env.random.below(able.length - place);
      const picked = able[other];
      const displaced = able[place];
      if (picked === undefined || displaced === undefined) break;
      able[place] = picked;
      able[other] = displaced;
    }
    return able.slice(0, chosenCount);
  }

  /** Looking through all members for each of many answers would cost more than sending them. */
  private ableMembers(): SerfMember[] {
    const { env, members, membership } = this.context;
    const now = env.now();
    const table = `${members.size}/${members.count("alive")}`;
    if (now - this.ableSince < ABLE_KEPT_MS && table === this.ableOf) return this.able;
    const able: SerfMember[] = [];
    for (const member of members.values()) {
      const isAble = member.status === "alive" && (member.vsn[1] ?? 0) >= RELAY_PROTOCOL_MIN;
      if (isAble && member.name !== membership.local.name) able.push(member);
    }
    this.able = able;
    this.ableSince = now;
    this.ableOf = table;
    return able;
  }
}
