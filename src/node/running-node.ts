import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type Address, addressKey } from "../core/address.ts";
import { HearsayError } from "../core/errors.ts";
import type { HybridTime } from "../core/hybrid-clock.ts";
import type { Origin } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import { replicaSetDefaults } from "../data/replica-set/replica-set.options.ts";
import type { Publication } from "../exchange/broadcast/broadcast.ts";
import type { PastMember } from "../peers/reconnect/reconnect.contract.ts";
import type { Keyring } from "../wire/keyring.ts";
import type {
  HearsayNode,
  Logger,
  MessageOf,
  NodeOptions,
  Subscription,
  Topic,
  TopicOptions,
  ViewSnapshot,
  WaitOptions,
  WriteResult,
} from "./api.ts";
import { compose } from "./compose.ts";
import { NodeCounters } from "./counters.ts";
import { errorText } from "./error-text.ts";
import { keyringPort, NodeKeyring } from "./faces/node-keyring.ts";
import { NodeMembers } from "./faces/node-members.ts";
import { NodeSerf } from "./faces/node-serf.ts";
import { Joins } from "./joins.ts";
import { NodeEar } from "./node-ear.ts";
import type { BootKeeper, NodeHost } from "./node-host.ts";
import type { NodeStore } from "./node-store.ts";
import type { PastKeeper } from "./past-keeper.ts";
import { QuietLog } from "./quiet-log.ts";
import { NodeReplicas } from "./replicas/node-replicas.ts";
import type { Wire } from "./stack/advertised-meta.ts";
import { spreadCounts } from "./stack/spreads.ts";
import type { StackOptions } from "./stack/stack.contract.ts";
import type { Stack } from "./stack/stack.ts";
import { HistoryBook, TOPIC_PREFIX } from "./topics/history-book.ts";
import { TopicBook } from "./topics/topic-book.ts";
import { topicsDefaults } from "./topics/topics.options.ts";
import { waitFor } from "./waits.ts";

export interface NodeIdentity {
  readonly name: string;
  /** Default: none. */
  readonly label?: string;
  readonly boot: number;
  readonly nameSuffix: string;
  readonly seed: number;
  readonly tags: ReadonlyMap<string, string>;
  readonly wire: Wire;
  readonly bound: Address;
  readonly told: Address & { readonly addr: Uint8Array };
}

export interface NodeParts {
  readonly host: NodeHost;
  readonly identity: NodeIdentity;
  readonly slices: StackOptions;
  readonly keyring: Keyring | undefined;
  readonly logger: Logger;
  /** Absent when the node has no disk. */
  readonly bootKeeper: BootKeeper | undefined;
  /** Who was there in the last life. Default: nobody. */
  readonly past?: readonly PastMember[];
  /** Absent when the node has no disk. */
  readonly pastKeeper?: PastKeeper | undefined;
  /** Where topics keep their past. Absent when the node has no disk. */
  readonly store?: NodeStore | undefined;
}

/** A node on either host: the stack of `compose`, and the faces that users see of it. */
export class RunningNode implements HearsayNode {
  readonly name: string;
  readonly address: string;
  readonly members: NodeMembers;
  readonly serf: NodeSerf;
  readonly keyring: NodeKeyring;
  readonly replicas: NodeReplicas;
  readonly closed: Promise<Error | undefined>;
  private readonly parts: NodeParts;
  private readonly host: NodeHost;
  private readonly counters = new NodeCounters();
  private readonly topics: TopicBook;
  private readonly histories: HistoryBook;
  private readonly joins: Joins;
  private readonly ear: NodeEar;
  private readonly stack: Stack;
  private readonly enders = new Set<(error: Error) => void>();
  private resolveClosed: (error: Error | undefined) => void = () => {};
  private stopping: Promise<void> | undefined;

  constructor(parts: NodeParts) {
    const { host, identity, keyring, logger, slices } = parts;
    this.parts = parts;
    this.host = host;
    this.name = identity.name;
    this.address = addressKey(identity.told);
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    const quietLog = new QuietLog(logger, () => host.now());
    const ports = this.makePorts(quietLog);
    this.members = new NodeMembers(ports);
    this.serf = new NodeSerf(ports);
    this.keyring = new NodeKeyring(keyring);
    const count = (what: string, by?: number): void => this.counters.add(what, by);
    const { replicaSets: options = replicaSetDefaults } = slices;
    const { store: disk } = parts;
    const ofNode = { ...ports, options, logger, count, store: disk };
    this.replicas = new NodeReplicas({ ...ofNode, stack: () => this.stack });
    this.histories = this.makeHistories(ports);
    this.topics = new TopicBook({
      ...ports,
      openHistory: (...asked) => this.histories.open(...asked),
      openRecent: (reader, order) => this.histories.openRecent(reader, order),
      enrol: (way, tag, replica) => this.histories.enrol(way, tag, replica),
      relay: (way, tag) => this.histories.relay(way, tag),
      takeRelays: (tag) => this.histories.takeRelays(tag),
      count: (name) => this.counters.add(name),
      spreadCounts: (tag) => spreadCounts(this.stack.spreads, `${TOPIC_PREFIX}${tag}`),
      inStep: (write) => this.inStep(write),
      spread: (publication) => this.spread(publication),
    });
    if (parts.store !== undefined) parts.store.onFailed = (error) => this.die(error);
    this.ear = new NodeEar({
      name: this.name,
      counters: this.counters,
      members: this.members,
      serf: this.serf,
      topics: this.topics,
      quietLog,
      die: (error) => this.die(error),
      persistBoot: (boot) => {
        parts.bootKeeper?.write({ boot, nameSuffix: identity.nameSuffix });
        this.replicas.book.onBootRaised();
      },
      keepPast: (members) => parts.pastKeeper?.write(members),
    });
    const { addr, port } = identity.told;
    const { boot, tags, wire } = identity;
    const { past = [], store } = parts;
    const known = { name: this.name, addr, port, tags, boot, wire, past, options: slices };
    const afterWrites = store && ((run: () => void) => store.afterWrites(run));
    const linkSeal = { label: identity.label ?? "", keyring };
    const told = { counters: this.counters, listener: this.ear };
    const wiring = { ...known, ...told, afterWrites, linkSeal };
    this.stack = compose(
      host,
      keyring === undefined ? wiring : { ...wiring, keyring: keyringPort(keyring) },
    );
    this.members.take(this.stack);
    this.serf.take(this.stack);
    this.joins = new Joins({
      own: [identity.bound, identity.told],
      random: Random.derive(identity.seed, this.name, "joins"),
      logger,
      enders: this.enders,
      host,
      setSeeds: (addresses) => this.stack.setSeeds(addresses),
      begin: (address, onResult) => {
        this.stack.join(address, (result) => host.afterStep(() => onResult(result)));
      },
    });
  }

  /** Begins to join; with `joinMin` waits until enough were joined. */
  async open(options: NodeOptions): Promise<void> {
    const { join = [], joinMin = 0, signal } = options;
    this.obey(signal);
    if (signal?.aborted) throw aborted();
    this.joins.keepTrying(join, joinMin);
    if (joinMin === 0) return;
    try {
      await this.joins.waitForJoined(joinMin, signal === undefined ? {} : { signal });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  get origin(): Origin {
    return this.stack.origin;
  }

  topic<Tag extends string, S extends StandardSchemaV1>(
    tag: Tag,
    options: TopicOptions<S> & { readonly schema: S },
  ): Topic<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>, Tag>;
  topic<V = unknown, Tag extends string = string>(
    tag: Tag,
    options?: TopicOptions<undefined>,
  ): Topic<V, V, Tag>;
  topic(tag: string, options?: TopicOptions<StandardSchemaV1 | undefined>): unknown {
    return this.topics.open(tag, options);
  }

  receive<const T extends readonly Topic<never, unknown, string>[]>(
    ...topics: T
  ): Subscription<MessageOf<T[number]>>;
  receive(...topics: readonly Topic<never, unknown, string>[]): unknown {
    return this.topics.receive(topics);
  }

  view(): ViewSnapshot {
    const { view } = this.stack.swim;
    const peers: string[] = [];
    view.forEachNeighbour((peer) => peers.push(String(peer)));
    return { protocol: "swim", size: view.size, population: view.population, peers };
  }

  join(address: string, options?: WaitOptions): Promise<number>;
  join(host: string, port: number, options?: WaitOptions): Promise<number>;
  async join(
    place: string,
    second: number | WaitOptions = {},
    third: WaitOptions = {},
  ): Promise<number> {
    this.checkRunning();
    if (typeof second !== "number") return this.untilClosed(this.joins.once(place, second));
    const text = place.includes(":") ? `[${place}]:${second}` : `${place}:${second}`;
    return this.untilClosed(this.joins.once(text, third));
  }

  async leave(options: WaitOptions = {}): Promise<void> {
    this.checkRunning();
    this.joins.stop();
    await this.replicas.book.leave();
    try {
      await waitFor<void>({
        ...options,
        what: "the goodbye to be said",
        enders: this.enders,
        timers: this.host,
        begin: ({ resolve }) => {
          this.ear.onceLeft(() => this.host.afterStep(resolve));
          this.stack.leave();
          return () => {};
        },
      });
    } catch (error) {
      if (!(error instanceof HearsayError) || error.code !== "TIMEOUT") throw error;
      const detail = "the goodbye may not have reached the others, who may see a failure";
      throw new HearsayError("LEAVE_TIMEOUT", detail, { cause: error });
    } finally {
      await this.stop();
    }
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll(undefined);
    return this.stopping;
  }

  async settled(options: WaitOptions & { peersCount?: number } = {}): Promise<void> {
    this.checkRunning();
    const { peersCount = this.parts.slices.agreement.peersCount, ...wait } = options;
    if (!Number.isSafeInteger(peersCount) || peersCount < 1) {
      const rule = "must be a whole number of peers, 1 or more";
      throw new HearsayError("CONFIG_OPTION", `peersCount is ${peersCount}, but ${rule}.`);
    }
    return waitFor<void>({
      ...wait,
      enders: this.enders,
      timers: this.host,
      what: `the membership to agree with ${peersCount} peers`,
      begin: ({ resolve }) => {
        const waiter = { peersCount, onAgreed: () => this.host.afterStep(resolve) };
        this.stack.awaitAgreement(waiter);
        return () => this.stack.forgetAgreement(waiter);
      },
    });
  }

  metrics(): Readonly<Record<string, number>> {
    const { hearsayPeers, swim } = this.stack;
    const host = Object.entries(this.host.counts.snapshot());
    return {
      ...this.counters.snapshot(),
      ...Object.fromEntries(host.map(([name, value]) => [`host.${name}`, value])),
      "swim.livingMembers": swim.members.livingCount,
      "swim.knownMembers": swim.members.size,
      "swim.awarenessScore": swim.awarenessScore,
      "clock.excess": this.stack.clockExcessCount,
      "broadcast.backlog": this.stack.backlogCount,
      "hearsay.peers": hearsayPeers.size,
      "reconnect.places": this.stack.rememberedCount,
      "topics.open": this.topics.openCount,
      "topics.relayed": this.histories.relaysCount,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Something after which the node cannot go on. */
  die(error: Error): void {
    if (this.stopping !== undefined) return;
    this.parts.logger.error(`node ${this.name} stops: ${error.message}`, { error });
    this.end(error);
  }

  /** Stops because of `error`, of which whoever calls this knows: nothing is logged. */
  end(error: Error): void {
    this.stopping ??= this.stopAll(error);
  }

  private makePorts(quietLog: QuietLog) {
    return {
      timers: this.host,
      now: () => this.host.now(),
      wallClock: () => this.host.wallClock(),
      step: <R>(body: () => R): R => {
        this.checkRunning();
        return this.host.step(body);
      },
      afterStep: (body: () => void) => this.host.afterStep(body),
      checkRunning: () => this.checkRunning(),
      onDropped: () => this.counters.add("subscription.dropped"),
      onCallbackError: (where: string, error: unknown) => {
        this.counters.add("callback.errors");
        const reason = errorText(error);
        quietLog.write("error", "callback", () => {
          return { message: `${where} threw: ${reason}`, fields: { error } };
        });
      },
    };
  }

  private makeHistories(ports: ReturnType<RunningNode["makePorts"]>): HistoryBook {
    return new HistoryBook({
      ...ports,
      options: this.parts.slices.topics ?? topicsDefaults,
      valueMaxBytes: this.parts.slices.broadcast.valueMaxBytes,
      store: this.parts.store,
      origin: () => this.stack.origin,
      count: (name, by) => this.counters.add(name, by),
      enrol: (enrolled) => this.stack.enrol(enrolled),
      enrolIn: (way, enrolled) => this.stack.enrolIn(way, enrolled),
      replicas: this.replicas.book,
    });
  }

  /** What a history keeps is on disk before anybody hears of it. */
  private spread(publication: Publication): WriteResult["dot"] {
    const { store } = this.parts;
    const mustWait = store !== undefined && publication.historySeq !== undefined;
    const how = mustWait ? "onRelease" : "now";
    const rumor = this.stack.publish({ ...publication, spread: how });
    if (mustWait) store.afterWrites(() => this.stack.release(rumor));
    return { origin: rumor.origin, seq: rumor.historySeq ?? rumor.seq };
  }

  private inStep<R>(write: (clock: HybridTime) => R): R {
    this.checkRunning();
    return this.stack.write(() => write(this.stack.clock.now()));
  }

  private checkRunning(): void {
    if (this.stopping === undefined) return;
    throw new HearsayError("NODE_STOPPED", `node ${this.name} was stopped; start another`);
  }

  /** Stops when `signal` is aborted; once stopped, the signal does not hold the node any more. */
  private obey(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const onAbort = (): void => {
      this.stopping ??= this.stopAll(undefined, aborted());
    };
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    void this.closed.then(() => signal.removeEventListener("abort", onAbort));
  }

  /** Ends `promise` when the node does: what it waits for will not come any more. */
  private async untilClosed<T>(promise: Promise<T>): Promise<T> {
    let ender: ((error: Error) => void) | undefined;
    const closed = new Promise<never>((_, reject) => {
      ender = reject;
      this.enders.add(reject);
    });
    try {
      return await Promise.race([promise, closed]);
    } finally {
      if (ender !== undefined) this.enders.delete(ender);
    }
  }

  /** `reason` is told to whoever still waits for something of this node. */
  private async stopAll(error: Error | undefined, reason?: Error): Promise<void> {
    this.joins.stop();
    const { pastKeeper, store } = this.parts;
    if (!this.host.isStopped) {
      pastKeeper?.write(this.stack.pastMembers());
      this.stack.stop();
    }
    this.histories.close();
    this.replicas.book.close();
    this.members.close();
    this.topics.close();
    this.serf.close();
    const stopped = new HearsayError("NODE_STOPPED", `node ${this.name} was stopped`);
    for (const end of [...this.enders]) end(reason ?? error ?? stopped);
    // What it said is on disk before it falls silent.
    if (store?.isUsed === true) await store.close();
    await this.host.stop();
    await store?.close();
    await pastKeeper?.close();
    this.resolveClosed(error);
  }
}

function aborted(): HearsayError {
  return new HearsayError("ABORTED", "the signal was aborted");
}
