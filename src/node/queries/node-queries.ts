import { Allowance } from "../../core/allowance.ts";
import { HearsayError } from "../../core/errors.ts";
import { type PeerId, parseOrigin, peerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { IncomingQuery } from "../../peers/serf/serf.contract.ts";
import { matchesExpression } from "../../peers/serf/serf-expression.wire.ts";
import type { MemberEvent, Members } from "../api.ts";
import type { SerfAsking, TypedAnswering } from "../faces/node-serf.ts";
import type { LinkTaking, LinkUser } from "../links/links.contract.ts";
import type { NodePorts } from "../node-ports.ts";
import type { Wire } from "../stack/advertised-meta.ts";
import type { Stack } from "../stack/stack.ts";
import { LinkAnswering } from "./link-answering.ts";
import { LinkScatter } from "./link-scatter.ts";
import type { NodeQuery } from "./node-query.ts";
import type { QueryOptions } from "./queries.api.ts";
import type { QueryPorts, Word } from "./queries.contract.ts";
import type { QueriesOptions } from "./queries.options.ts";
import { QUERY_CHANNEL, type QueryMessage, type TagFilter } from "./query.messages.ts";
import { decodeQuery, encodeQuery } from "./query.wire.ts";
import { QueryBook } from "./query-book.ts";
import { type Candidate, planQuery, type Scope } from "./query-plan.ts";
import { Run } from "./query-run.ts";
import { type Respond, SerfAnswering } from "./serf-answering.ts";
import { SerfScatter } from "./serf-scatter.ts";

export interface NodeQueriesPorts extends NodePorts {
  readonly name: string;
  readonly options: QueriesOptions;
  readonly random: Random;
  readonly serf: SerfAsking;
  readonly members: Members;
  readonly wire: Wire;
  /** Made after this. */
  readonly stack: () => Stack;
}

interface Asked {
  readonly run: Run;
  readonly links: LinkScatter | undefined;
}

/** `node.queries` and `node.query`: asks many nodes at once, and answers what others ask. */
export class NodeQueries implements LinkUser, TypedAnswering {
  readonly book: QueryBook;
  private readonly given: NodeQueriesPorts;
  private readonly ports: QueryPorts;
  private readonly answering: LinkAnswering;
  private readonly serfAnswering: SerfAnswering;
  private readonly asked = new Map<number, Asked>();
  private readonly filterAllowance: Allowance;
  private readonly passAllowance: Allowance;
  private lastId = 0;
  private stopListening: (() => void) | undefined;

  constructor(given: NodeQueriesPorts) {
    const { options } = given;
    this.given = given;
    this.book = new QueryBook(options, (query, value, wish) => this.ask(query, value, wish));
    this.ports = {
      ...given,
      find: (name) => this.book.find(name),
      judge: (filters) => this.judge(filters),
      post: (word) => this.post(word),
      boot: () => this.boot,
      mayPass: (count) => this.mayPass(count),
    };
    this.answering = new LinkAnswering(this.ports);
    this.serfAnswering = new SerfAnswering(this.ports);
    this.filterAllowance = new Allowance(options.tagFiltersPerSecondCount, given.now());
    this.passAllowance = new Allowance(options.passedPerSecondCount, given.now());
  }

  /** The links stand. */
  open(): void {
    this.given.stack().links.use(QUERY_CHANNEL, this, "keep");
  }

  metrics(): Readonly<Record<string, number>> {
    return { "queries.open": this.asked.size };
  }

  // From links: in a step

  onMessage(peer: PeerId, bytes: Uint8Array): void {
    const message = decodeQuery(bytes);
    if (message === undefined) return this.ports.count("queries.dropped.malformed");
    const { from, to } = message;
    if (to === this.ports.name && from !== "") return this.deliver(from, message);
    // What travels by a third member takes one hop, and in nobody else's name.
    if ((from !== "" || to !== "") && from !== String(peer)) {
      return this.ports.count("queries.dropped.malformed");
    }
    if (to === "" || to === this.ports.name) return this.deliver(String(peer), message);
    if (!this.mayPass(1)) return;
    this.ports.count("queries.passedOn");
    this.given.stack().links.send(peerId(to), QUERY_CHANNEL, Uint8Array.from(bytes));
  }

  onUnsent(to: PeerId): void {
    this.ports.count("queries.dropped.unsent");
    this.onLinkLost(to);
  }

  onLinkLost(peer: PeerId): void {
    for (const { links } of this.asked.values()) links?.onLinkLost(String(peer));
  }

  // From Serf: after the step

  onQuery(query: IncomingQuery, respond: Respond, others: "some" | "none"): void {
    this.serfAnswering.onQuery(query, respond, others);
  }

  /** In a step: the node stops, and its links still stand. */
  close(): void {
    const error = new HearsayError("NODE_STOPPED", `node ${this.ports.name} was stopped`);
    for (const { run } of [...this.asked.values()]) run.end("stopped", error);
    this.answering.close();
    this.serfAnswering.close();
    this.book.close();
  }

  private deliver(from: string, message: QueryMessage): void {
    const isOwn = message.asker === this.ports.name;
    const isToAsker = message.boot !== 0;
    if (!isToAsker) return this.answering.onMessage(message);
    const asked = isOwn && message.askerBoot === this.boot ? this.asked.get(message.id) : undefined;
    if (asked?.links === undefined) return this.onUnwanted(from, message);
    asked.links.onMessage(from, message);
  }

  /** The withdrawal was lost, or a former life of this node had asked: let it end there. */
  private onUnwanted(to: string, { asker, askerBoot, content, id }: QueryMessage): void {
    this.ports.count("queries.dropped.unknown");
    if (content.kind !== "part" || asker !== this.ports.name) return;
    const key = { asker, askerBoot, id };
    this.post({ key, to, content: { kind: "withdrawal" }, boot: 0, relayCount: 0 });
  }

  /** @throws HearsayError see `DefinedQuery.ask` */
  private ask(query: NodeQuery, value: unknown, wish: QueryOptions): Run {
    const { options } = this.ports;
    this.ports.checkRunning();
    if (this.asked.size >= options.askedMaxCount) {
      const detail = `${this.asked.size} queries are under way; wait for some of them`;
      throw new HearsayError("QUEUE_FULL", detail);
    }
    const question = query.writeQuestion(value);
    const plan = planQuery(wish, this.scope(), options);
    if (question.payload.length > options.payloadMaxBytes) {
      const detail = `the question has ${question.payload.length} bytes, but`;
      const rule = `${options.payloadMaxBytes} are the most`;
      throw new HearsayError("VALUE_TOO_LARGE", `${detail} ${rule}`);
    }
    const id = this.lastId + 1;
    this.lastId = id;
    const run = this.newRun(id, query, wish);
    const key = { asker: this.ports.name, askerBoot: this.boot, id };
    const { relayCount, tags, timeoutMs } = plan;
    const { windowCount } = options;
    const words = { ...question, name: query.name, tags, relayCount, windowCount };
    const links =
      plan.links &&
      new LinkScatter(this.ports, run, { key, question: words, timeoutMs, targets: plan.links });
    const { payload } = question;
    const serf =
      plan.serf && new SerfScatter(this.given.serf, run, { ...plan.serf, query, payload });
    this.begin(id, { run, links }, { serf, plan, wish });
    return run;
  }

  /** Who lives, as far as this node knows. */
  private scope(): Scope {
    const { members: all, name: own, wire } = this.given;
    const { links } = this.given.stack();
    const members: Candidate[] = [];
    for (const { name, status, tags } of all) {
      if (status === "left" || status === "failed") continue;
      members.push({ name, tags, isLinked: name === own || links.canReach(peerId(name)) });
    }
    return { members, wire };
  }

  private begin(id: number, asked: Asked, beside: Beside): void {
    const { links, run } = asked;
    const { plan, serf, wish } = beside;
    this.asked.set(id, asked);
    this.stopListening ??= this.given.members.on((event) => this.onMember(event));
    try {
      this.ports.step(() => {
        run.obey(wish.signal);
        if (!this.asked.has(id)) return;
        // Serf first: it may refuse.
        for (const scatter of [serf, links]) {
          if (scatter === undefined) continue;
          run.use(scatter);
          scatter.begin();
        }
        for (const name of plan.unknown) run.note(name, "unknown", plan.unknownDetail);
        if (plan.endsMs !== undefined) run.endAfter(plan.endsMs);
        run.endIfComplete();
      });
    } catch (error) {
      this.ports.step(() => run.end("closed"));
      throw error;
    }
    this.ports.count("queries.asked");
  }

  private newRun(id: number, query: NodeQuery, { onAck }: QueryOptions): Run {
    const { waitingMaxBytes, waitingMaxCount, waitingTotalMaxBytes } = this.ports.options;
    const { afterStep, now, timers } = this.ports;
    return new Run({
      name: query.name,
      bounds: {
        maxBytes: waitingMaxBytes,
        maxCount: waitingMaxCount,
        hasRoomInAll: (bytesCount) => this.waitingBytes + bytesCount <= waitingTotalMaxBytes,
      },
      now,
      timers,
      read: (answer) => query.readAnswer(answer),
      step: (tell) => this.ports.step(tell),
      afterStep,
      onAck:
        onAck &&
        ((from) => {
          try {
            onAck(from);
          } catch (error) {
            this.ports.onCallbackError(`onAck of query ${query.name}`, error);
          }
        }),
      onEnded: () => this.onEnded(id),
    });
  }

  /** Of the queries under way: what one that has ended still has is its reader's. */
  private get waitingBytes(): number {
    let sum = 0;
    for (const { run } of this.asked.values()) sum += run.waitingBytes;
    return sum;
  }

  private onEnded(id: number): void {
    this.asked.delete(id);
    if (this.asked.size > 0) return;
    this.stopListening?.();
    this.stopListening = undefined;
  }

  /** After a step. */
  private onMember({ kind, member }: MemberEvent): void {
    const { name } = member;
    if (this.asked.size === 0 || name === this.ports.name) return;
    this.ports.step(() => {
      for (const { run } of [...this.asked.values()]) {
        if (kind === "join") run.note(name, "joined");
        else if (kind === "leave") run.settle(name, "left");
        else if (kind === "fail" || kind === "reap") run.settle(name, "died");
      }
    });
  }

  private judge(filters: readonly TagFilter[]): ReturnType<QueryPorts["judge"]> {
    const { tags } = this.given.members.local;
    for (const { expression, tag } of filters) {
      if (this.filterAllowance.take(1, this.ports.now()) === 0) {
        this.ports.count("queries.dropped.filtersFull");
        return "busy";
      }
      if (!matchesExpression(expression, tags[tag] ?? "")) return "unmatched";
    }
    return "meant";
  }

  private mayPass(count: number): boolean {
    if (this.passAllowance.take(count, this.ports.now()) === count) return true;
    this.ports.count("queries.dropped.crowd");
    return false;
  }

  private post({ boot, content, key, relayCount, to }: Word): LinkTaking {
    const message = { ...key, boot, content, from: "", to: "" };
    const { name, options } = this.ports;
    if (to === name) {
      this.ports.afterStep(() => this.toSelf(message));
      return "taken";
    }
    const { hearsayPeers, links } = this.given.stack();
    const taking = links.send(peerId(to), QUERY_CHANNEL, encodeQuery(message));
    if (relayCount === 0) return taking;
    const relays: PeerId[] = [];
    const wanted = Math.min(relayCount, options.relayMaxCount);
    hearsayPeers.sample(this.given.random, wanted, relays, peerId(to));
    const bytes = encodeQuery({ ...message, from: name, to });
    for (const relay of relays) links.send(relay, QUERY_CHANNEL, bytes);
    return relays.length > 0 ? "taken" : taking;
  }

  private toSelf(message: QueryMessage): void {
    try {
      this.ports.step(() => this.deliver(this.ports.name, message));
    } catch (error) {
      // What was said last, when the node has stopped.
      if (!(error instanceof HearsayError) || error.code !== "NODE_STOPPED") throw error;
    }
  }

  private get boot(): number {
    return parseOrigin(this.given.stack().origin)?.boot ?? 0;
  }
}

interface Beside {
  readonly serf: SerfScatter | undefined;
  readonly plan: ReturnType<typeof planQuery>;
  readonly wish: QueryOptions;
}
