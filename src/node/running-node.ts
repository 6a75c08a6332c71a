import { type Address, addressKey } from "../core/address.ts";
import { HearsayError } from "../core/errors.ts";
import type { Origin, PeerId } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { PastMember } from "../peers/reconnect/reconnect.contract.ts";
import type { Keyring } from "../wire/keyring.ts";
import type {
  HearsayNode,
  InfosChoice,
  Logger,
  MemberState,
  NodeOptions,
  StateChoice,
  ViewSnapshot,
  WaitOptions,
} from "./api.ts";
import { compose } from "./compose.ts";
import { NodeCounters } from "./counters.ts";
import { DataFaces } from "./data-faces.ts";
import { JoinLists } from "./discovery/join-lists.ts";
import { asError } from "./error-text.ts";
import { keyringPort, NodeKeyring } from "./faces/node-keyring.ts";
import { NodeMembers } from "./faces/node-members.ts";
import { NodeSerf } from "./faces/node-serf.ts";
import type { HealthParts } from "./health/health.contract.ts";
import { HealthWatch } from "./health/node-health.ts";
import type { InfoNetworkSeat } from "./info-network/info-network-seat.contract.ts";
import { Joins } from "./joins.ts";
import type { MonitorChoice } from "./monitor/monitor.api.ts";
import type { ProcessSensors } from "./monitor/process-sensors.ts";
import { NodeEar } from "./node-ear.ts";
import { NodeFaces } from "./node-faces.ts";
import type { BootKeeper, NodeHost } from "./node-host.ts";
import { type MeterParts, NodeMeters } from "./node-meters.ts";
import { type NodePorts, nodePorts } from "./node-ports.ts";
import type { NodeStore } from "./node-store.ts";
import type { OrderChosen } from "./orderer/orderer.contract.ts";
import type { PastKeeper } from "./past-keeper.ts";
import { NodeQueries } from "./queries/node-queries.ts";
import { queriesDefaults } from "./queries/queries.options.ts";
import { QuietLog } from "./quiet-log.ts";
import type { Wire } from "./stack/advertised-meta.ts";
import type { StackOptions } from "./stack/stack.contract.ts";
import type { Stack } from "./stack/stack.ts";
import type { MessageTracing } from "./tracing/tracing.api.ts";
import { NodeTraffic } from "./traffic/node-traffic.ts";
import { untilEnded, waitFor } from "./waits.ts";

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
  /** Absent when the user did not speak of infos. */
  readonly infos?: InfosChoice | undefined;
  /** Absent where nobody wants traces. */
  readonly tracing?: MessageTracing | undefined;
  /** Absent when the user did not speak of state. */
  readonly state?: StateChoice | undefined;
  /** Absent when infos travel by gossip. */
  readonly infoNetwork?: InfoNetworkSeat | undefined;
  /** Absent when the user did not speak of monitoring. */
  readonly monitor?: MonitorChoice | "off" | undefined;
  /** Absent where the node is no process. */
  readonly processSensors?: ProcessSensors | undefined;
  /** Absent when the node has no order. */
  readonly orderer?: OrderChosen | undefined;
  /** Default: nothing is measured, and nobody else answers. */
  readonly health?: HealthParts | undefined;
  /** Where the host counts what travels. Default: the host does not. */
  readonly traffic?: NodeTraffic | undefined;
}

/** A node on either host: the stack of `compose`, and the faces that users see of it. */
export class RunningNode extends NodeFaces implements HearsayNode {
  readonly name: string;
  readonly address: string;
  readonly members: NodeMembers;
  readonly serf: NodeSerf;
  readonly keyring: NodeKeyring;
  readonly closed: Promise<Error | undefined>;
  private readonly parts: NodeParts;
  private readonly host: NodeHost;
  private readonly counters = new NodeCounters();
  protected readonly data: DataFaces;
  protected readonly asking: NodeQueries;
  protected readonly healthWatch: HealthWatch;
  protected readonly meters: NodeMeters;
  private readonly joins: Joins;
  private readonly joinLists: JoinLists;
  private readonly ear: NodeEar;
  private readonly stack: Stack;
  private readonly enders = new Set<(error: Error) => void>();
  private resolveClosed: (error: Error | undefined) => void = () => {};
  private stopping: Promise<void> | undefined;

  constructor(parts: NodeParts) {
    super();
    const { host, identity, keyring, logger, slices } = parts;
    this.parts = parts;
    this.host = host;
    this.name = identity.name;
    this.address = addressKey(identity.told);
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    const quietLog = new QuietLog(logger, () => host.now());
    const checkRunning = (): void => this.checkRunning();
    const ports = nodePorts(host, this.counters, { checkRunning, quietLog });
    const stateOf = (name: string): MemberState => this.state.of(name);
    this.members = new NodeMembers({ ...ports, stateOf });
    this.serf = new NodeSerf(ports);
    this.keyring = new NodeKeyring(keyring);
    const stack = (): Stack => this.stack;
    this.data = new DataFaces({ ...parts, ports, stack, ...this.dataParts() });
    this.asking = this.makeQueries({ ...ports, stack });
    this.serf.answerBy(this.asking);
    if (parts.store !== undefined) parts.store.onFailed = (error) => this.die(error);
    this.ear = new NodeEar({
      name: this.name,
      counters: this.counters,
      members: this.members,
      serf: this.serf,
      data: this.data,
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
    const { health, traffic = new NodeTraffic() } = parts;
    const told = { counters: this.counters, listener: this.ear, traffic };
    const wiring = { ...known, ...told, afterWrites, linkSeal, secondVoice: health?.voice };
    this.stack = compose(
      host,
      keyring === undefined ? wiring : { ...wiring, keyring: keyringPort(keyring) },
    );
    this.members.take(this.stack);
    this.serf.take(this.stack);
    this.data.open();
    this.asking.open();
    const ownTrouble = () => this.members.local.degraded;
    this.healthWatch = new HealthWatch({ host, stack, ownTrouble, ...parts.health });
    this.healthWatch.start();
    this.meters = this.makeMeters({ stack, traffic });
    this.joins = this.makeJoins();
    this.joinLists = this.makeJoinLists();
  }

  /** Begins to join; with `joinMin` waits until enough were joined. */
  async open(options: NodeOptions): Promise<void> {
    const { joinMin = 0, signal } = options;
    this.obey(signal);
    if (signal?.aborted) throw aborted();
    try {
      await this.joinLists.open(options);
      if (joinMin === 0) return;
      await this.joins.waitForJoined(joinMin, signal === undefined ? {} : { signal });
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  get origin(): Origin {
    return this.stack.origin;
  }

  view(): ViewSnapshot {
    const peers: string[] = [];
    const { population, size } = this.stack.swim.view;
    this.stack.swim.view.forEachNeighbour((peer) => peers.push(String(peer)));
    return { protocol: "swim", size, population, peers, overlay: this.stack.overlayPicture() };
  }

  join(address: string, options?: WaitOptions): Promise<number>;
  join(host: string, port: number, options?: WaitOptions): Promise<number>;
  async join(
    place: string,
    second: number | WaitOptions = {},
    third: WaitOptions = {},
  ): Promise<number> {
    this.checkRunning();
    if (typeof second !== "number") return untilEnded(this.joins.once(place, second), this.enders);
    const text = place.includes(":") ? `[${place}]:${second}` : `${place}:${second}`;
    return untilEnded(this.joins.once(text, third), this.enders);
  }

  setJoin(addresses: readonly string[]): void {
    this.checkRunning();
    this.joinLists.setNamed(addresses);
  }

  async leave(options: WaitOptions = {}): Promise<void> {
    this.checkRunning();
    this.joinLists.stop();
    await this.data.leave();
    this.checkRunning();
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

  private makeMeters(known: Pick<MeterParts, "stack" | "traffic">): NodeMeters {
    const { counters, host } = this;
    const gauges = () => [this.data, this.asking, this.healthWatch].map((one) => one.metrics());
    return new NodeMeters({ ...known, host, counters, gauges });
  }

  private makeQueries(ports: NodePorts & { readonly stack: () => Stack }): NodeQueries {
    const { members, name, serf } = this;
    const { identity, slices } = this.parts;
    const { queries: options = queriesDefaults } = slices;
    const random = Random.derive(identity.seed, name, "queries");
    const { wire } = identity;
    return new NodeQueries({ ...ports, name, options, random, serf, members, wire });
  }

  private dataParts() {
    const { enders, host, name } = this;
    const dice = Random.derive(this.parts.identity.seed, name, "order");
    return {
      name,
      host,
      enders,
      members: () => this.members,
      hostCounts: () => host.counts.snapshot(),
      somePeers: (count: number) => {
        const peers: PeerId[] = [];
        this.stack.hearsayPeers.sample(dice, count, peers);
        return peers.map(String);
      },
      die: (error: unknown) => this.die(asError(error)),
    };
  }

  private makeJoins(): Joins {
    const { host } = this;
    const { identity, logger } = this.parts;
    return new Joins({
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

  private makeJoinLists(): JoinLists {
    const { counters, host, name } = this;
    const { identity, logger } = this.parts;
    return new JoinLists(this.joins, {
      random: Random.derive(identity.seed, name, "discovery"),
      timers: host,
      logger,
      self: { name, address: this.address },
      own: new Set([identity.bound, identity.told].map(addressKey)),
      count: (what, by) => counters.add(what, by),
    });
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

  /** `reason` is told to whoever still waits for something of this node. */
  private async stopAll(error: Error | undefined, reason?: Error): Promise<void> {
    this.joinLists.stop();
    this.healthWatch.stop();
    const { pastKeeper, store } = this.parts;
    if (!this.host.isStopped) {
      pastKeeper?.write(this.stack.pastMembers());
      this.data.requests.close();
      this.host.step(() => this.asking.close());
      this.host.step(() => this.data.stopOrder());
      this.stack.stop();
    }
    this.data.close();
    this.members.close();
    this.serf.close();
    const stopped = new HearsayError("NODE_STOPPED", `node ${this.name} was stopped`);
    for (const end of [...this.enders]) end(reason ?? error ?? stopped);
    // What it said is on disk before it falls silent.
    if (store?.isUsed === true) await store.close();
    await this.parts.infoNetwork?.stop();
    await this.data.order.closed();
    await this.host.stop();
    await store?.close();
    await pastKeeper?.close();
    this.resolveClosed(error);
  }
}

function aborted(): HearsayError {
  return new HearsayError("ABORTED", "the signal was aborted");
}
