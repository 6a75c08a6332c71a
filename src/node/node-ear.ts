import { type Address, addressKey } from "../core/address.ts";
import type { Arrival } from "../core/arrival.ts";
import { HearsayError } from "../core/errors.ts";
import type { RumorVerdict } from "../exchange/broadcast/broadcast.contract.ts";
import type { Rumor } from "../exchange/broadcast/broadcast.messages.ts";
import type { PastMember } from "../peers/reconnect/reconnect.contract.ts";
import type {
  ConflictVote,
  IncomingQuery,
  QueryAnswer,
  QueryId,
  QueryResult,
  SerfMember,
  UserEvent,
} from "../peers/serf/serf.contract.ts";
import type { SwimMember } from "../peers/swim/swim.contract.ts";
import type { NodeCounters } from "./counters.ts";
import type { DataFaces } from "./data-faces.ts";
import type { NodeMembers } from "./faces/node-members.ts";
import type { NodeSerf } from "./faces/node-serf.ts";
import type { QuietLog } from "./quiet-log.ts";
import type { SpreadWay } from "./stack/spreads.ts";
import type { MembershipChange, StackListener } from "./stack/stack.contract.ts";

export interface EarPorts {
  readonly name: string;
  readonly counters: NodeCounters;
  readonly members: NodeMembers;
  readonly serf: NodeSerf;
  readonly data: DataFaces;
  readonly quietLog: QuietLog;
  die(error: Error): void;
  /** @throws HearsayError DATA_DIR */
  persistBoot(boot: number): void;
  keepPast(members: readonly PastMember[]): void;
}

/** Takes what the stack tells to the faces that users listen to. */
export class NodeEar implements StackListener {
  private readonly ports: EarPorts;
  private hasLeft = false;
  private readonly waitingForLeave: (() => void)[] = [];

  constructor(ports: EarPorts) {
    this.ports = ports;
  }

  /** `told` is called when the goodbye was said, at once if that was before. */
  onceLeft(told: () => void): void {
    if (this.hasLeft) told();
    else this.waitingForLeave.push(told);
  }

  onMembership(change: MembershipChange, record: SwimMember | SerfMember): void {
    this.ports.counters.add(`members.${change}`);
    this.ports.members.onMembership(change, record);
  }

  onHealth(change: "degrade" | "recover", member: SwimMember): void {
    this.onMembership(change, member);
  }

  onRumor(rumor: Rumor): RumorVerdict {
    return this.ports.data.topics.book.onRumor(rumor);
  }

  onArrival(arrival: Arrival): void {
    this.ports.data.traces.note(arrival);
  }

  onUnknownReplica(way: SpreadWay, name: string): void {
    this.ports.data.onUnknownReplica(way, name);
  }

  onComparedReplica(name: string): void {
    this.ports.data.onComparedReplica(name);
  }

  onStateHeard(): void {
    this.ports.data.states.states.open();
  }

  onUserEvent(event: UserEvent): void {
    this.ports.serf.onUserEvent(event);
  }

  onQuery(query: IncomingQuery): void {
    this.ports.serf.onIncomingQuery(query);
  }

  onQueryAck(id: QueryId, from: string): void {
    this.ports.serf.onQueryAck(id, from);
  }

  onQueryAnswer(id: QueryId, answer: QueryAnswer): void {
    this.ports.serf.onQueryAnswer(id, answer);
  }

  onQueryDone(id: QueryId, result: QueryResult): void {
    this.ports.serf.onQueryDone(id, result);
  }

  onLeft(): void {
    this.hasLeft = true;
    for (const told of this.waitingForLeave.splice(0)) told();
  }

  onConflict(member: SwimMember): void {
    const { quietLog, name } = this.ports;
    quietLog.write("warn", "conflict", () => {
      const whose = member.name === name ? "this node's name" : `the name ${member.name}`;
      return { message: `another node claims ${whose}, which ${addressKey(member.address)} has` };
    });
  }

  onConflictLost({ answersCount, matchingCount }: ConflictVote): void {
    const votes = `${matchingCount} of ${answersCount} members know it at this address`;
    const detail = `another node is called ${this.ports.name} (${votes}); choose another name`;
    this.ports.die(new HearsayError("NAME_TAKEN", detail));
  }

  onForeign(address: Address, detail: string): void {
    this.ports.quietLog.write("warn", "foreign", () => {
      const refused = `${addressKey(address)} belongs to another cluster and is not joined`;
      const hint = "does it have our label, keys and wire?";
      return { message: `${refused}: ${detail}; ${hint}`, fields: { peer: addressKey(address) } };
    });
  }

  onPastToKeep(members: readonly PastMember[]): void {
    this.ports.keepPast(members);
  }

  onBootRaised(boot: number): void {
    try {
      this.ports.persistBoot(boot);
    } catch (error) {
      this.ports.die(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
