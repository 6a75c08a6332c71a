import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { StateFile } from "../../data/state-file.ts";
import type { Resolver } from "../../data/version-tree/resolver.ts";
import type { Version, VersionUpdate } from "../../data/version-tree/version-tree.messages.ts";
import type { VersionTreeOptions } from "../../data/version-tree/version-tree.options.ts";
import { VersionTree } from "../../data/version-tree/version-tree.ts";
import {
  versionCodec,
  versionUpdateBytes,
  versionUpdateCodec,
} from "../../data/version-tree/version-tree.wire.ts";
import type { WaitOptions } from "../api.ts";
import type { ReplicaPorts } from "../data-face.ts";
import { pull } from "../replicas/pull.ts";
import { waitFor } from "../waits.ts";
import { AdmittedSpread } from "./admitted-spread.ts";
import { CatchUp, type CatchUpLimits } from "./catch-up.ts";
import type { VersionsNumbers } from "./versions.options.ts";

/** How often tombstones are looked through, and journals that have grown are cut short. */
const UPKEEP_MS = 10_000;
/** When others are asked to take note of this member, then after twice as long, until one has. */
const ADMISSION_MS = 100;
/** How often at last; there may be no other. [guess] */
const ADMISSION_MAX_MS = 60_000;
/** How often it is looked whether this replica has caught up. */
const CAUGHT_UP_POLL_MS = 100;

export interface VersionReplicaPorts extends ReplicaPorts {
  readonly numbers: VersionsNumbers;
}

export interface VersionReplicaParts {
  /** What the replica is called on every node, and on this node's disk. */
  readonly name: string;
  readonly options: VersionTreeOptions;
  /** False for a value that must not be taken, whoever wrote it. */
  readonly isValid: (key: string, value: Uint8Array) => boolean;
  /** Ends conflicts; made when the tree stands. Default: nobody does. */
  readonly resolver?: (tree: VersionTree) => Resolver | undefined;
}

/** A version tree on a node: on its disk, under its exchanges, and kept within its bounds. */
export class VersionReplica {
  readonly name: string;
  readonly tree: VersionTree;
  private readonly ports: VersionReplicaPorts;
  private readonly file: StateFile<VersionUpdate> | undefined;
  private readonly resolver: Resolver | undefined;
  private readonly catchUp: CatchUp;
  private upkeepTimer: number | undefined;
  private resolveTimer: number | undefined;
  private admissionTimer: number | undefined;
  private isClosed = false;

  constructor(ports: VersionReplicaPorts, parts: VersionReplicaParts) {
    this.ports = ports;
    this.name = parts.name;
    this.catchUp = new CatchUp({
      timers: ports.timers,
      waitingMaxCount: ports.numbers.waitingMaxCount,
      afterStep: (body) => ports.afterStep(body),
      pull: (dots) => this.pull(dots),
    });
    const { snapshotAfterCount } = parts.options;
    const channel = ports.store?.channel(parts.name);
    this.file = channel && new StateFile(channel, versionCodec, snapshotAfterCount);
    this.tree = this.openTree(parts);
    this.resolver = parts.resolver?.(this.tree);
    this.tree.subscribe({ onNews: () => this.armResolver() });
    this.takePart();
    this.armUpkeep();
    this.armResolver();
  }

  /** @throws HearsayError NODE_STOPPED, and whatever `body` throws */
  write<Written>(body: (tree: VersionTree) => Written): Written {
    this.ports.checkRunning();
    return this.ports.step(() => body(this.tree));
  }

  /** False where nothing is kept beyond this process. */
  get isKept(): boolean {
    return this.ports.store !== undefined;
  }

  /**
   * Whether what was written is on disk, once it is.
   * @throws HearsayError WRITE_UNCERTAIN
   */
  async durable(): Promise<boolean> {
    const { store } = this.ports;
    await store?.durable();
    return store !== undefined;
  }

  /** Resolves when all of `dots` was seen, or it was waited for in vain. */
  untilSeen(dots: ReadonlyDotSet, limits: Partial<CatchUpLimits>): Promise<void> {
    const { pullMs, waitMs } = this.ports.numbers;
    const missing = (): ReadonlyDotSet => dots.difference(this.tree.seen);
    return this.catchUp.until(missing, { waitMs, pullMs, ...limits });
  }

  /** After each step, with what is new in it. */
  onNews(listener: (version: Version) => void): void {
    this.tree.subscribe({ onNews: (dot, update) => listener({ dot, update }) });
  }

  /**
   * Resolves when this node holds all that some other replica was heard to have.
   * @throws HearsayError TIMEOUT, ABORTED, NODE_STOPPED
   */
  untilCaughtUp(options: WaitOptions): Promise<void> {
    const { checkRunning, enders, replicas, timers } = this.ports;
    checkRunning();
    return waitFor<void>({
      ...options,
      enders,
      timers,
      what: `${this.name} to hold what others hold`,
      begin: ({ resolve }) => {
        let timer: number | undefined;
        const look = (): void => {
          if (replicas.peers.hasCaughtUp(this.name, this.tree.seen)) return resolve();
          timer = timers.startTimer(look, CAUGHT_UP_POLL_MS);
        };
        look();
        return () => timer !== undefined && timers.stopTimer(timer);
      },
    });
  }

  /** Asks other replicas for `dots`, or for whatever they have. */
  pull(dots: ReadonlyDotSet): void {
    if (!this.isClosed) pull(this.ports, this.name, dots, this.ports.numbers.pullPeersCount);
  }

  close(): void {
    this.isClosed = true;
    this.catchUp.close();
    const { timers } = this.ports;
    for (const timer of [this.upkeepTimer, this.resolveTimer, this.admissionTimer]) {
      if (timer !== undefined) timers.stopTimer(timer);
    }
  }

  private openTree({ isValid, name, options }: VersionReplicaParts): VersionTree {
    const { file, ports } = this;
    const wiring = {
      origin: ports.origin,
      wallClock: ports.wallClock,
      now: ports.now,
      afterStep: (body: () => void) => ports.afterStep(body),
      counters: { add: (count: string, by?: number) => ports.count(count, by) },
      stable: () => ports.replicas.stable(name),
      onSeen: () => {
        this.catchUp.onSeen();
        ports.replicas.admissions.look(name);
      },
      isValid,
    };
    const tree = new VersionTree(
      file === undefined ? wiring : { ...wiring, journal: file },
      options,
    );
    const strangeCount = file?.open(tree) ?? 0;
    if (strangeCount > 0) ports.count("versions.strangeRecords", strangeCount);
    return tree;
  }

  private takePart(): void {
    const { name, ports, tree } = this;
    const discard = (): void => tree.discard();
    ports.step(() => ports.replicas.open({ name, seen: () => tree.seen, discard }));
    const kind = { name, sizeOf: versionUpdateBytes, codec: versionUpdateCodec };
    ports.enrol({ ...kind, replica: tree });
    const spread = new AdmittedSpread(tree);
    const onAdmitted = (): void => {
      if (this.isClosed) return;
      if (this.admissionTimer !== undefined) ports.timers.stopTimer(this.admissionTimer);
      ports.step(() => spread.begin((replica) => ports.enrolInTrees({ ...kind, replica })));
    };
    ports.replicas.admissions.expect(name, { seen: () => tree.seen, onAdmitted });
    this.pull(tree.seen);
    this.armAdmission(0);
  }

  /** However seldom nodes compare what they have: writes are to be pushed soon. */
  private armAdmission(triesCount: number): void {
    const waitMs = Math.min(ADMISSION_MS * 2 ** triesCount, ADMISSION_MAX_MS);
    this.admissionTimer = this.ports.timers.startTimer(() => {
      const { numbers, replicas } = this.ports;
      const names = replicas.peers.holders(this.name, this.tree.seen, numbers.pullPeersCount);
      const name = names[triesCount % names.length];
      if (name === undefined) this.ports.compareNow(1);
      else this.ports.compareWith([name]);
      this.armAdmission(triesCount + 1);
    }, waitMs);
  }

  private armUpkeep(): void {
    this.upkeepTimer = this.ports.timers.startTimer(() => {
      this.armUpkeep();
      this.ports.step(() => {
        this.tree.forgetStable();
        this.file?.compact();
      });
      this.armResolver();
    }, UPKEEP_MS);
  }

  private armResolver(): void {
    if (this.resolver === undefined || this.resolveTimer !== undefined || this.isClosed) return;
    if (this.tree.splitKeys().next().done === true) return;
    this.resolveTimer = this.ports.timers.startTimer(() => {
      this.resolveTimer = undefined;
      if (this.ports.step(() => this.resolver?.resolve() ?? 0) > 0) this.armResolver();
    }, this.ports.numbers.resolveDelayMs);
  }
}
