import type { HearsayError } from "../../core/errors.ts";
import { parseOrigin } from "../../core/peer.ts";
import { type PlaceRecord, REPLICA_SETS } from "../../data/replica-set/replica-set.messages.ts";
import type { Logger, ReplicaEvent, ReplicaPlace, ReplicaSet, Replicas } from "../api.ts";
import { callListener } from "../call-listener.ts";
import type { Stack } from "../stack/stack.ts";
import { ReplicaBook, type ReplicaBookPorts } from "./replica-book.ts";

type StackPorts = "enrol" | "useSets" | "compareNow" | "livingBoot" | "renewLife" | "origin";

export interface NodeReplicasPorts
  extends Omit<ReplicaBookPorts, StackPorts | "onEvicted" | "onPlace" | "onProgress"> {
  readonly logger: Logger;
  readonly wallClock: () => number;
  /** Made after this. */
  readonly stack: () => Stack;
  onCallbackError(where: string, error: unknown): void;
}

/** What users see of replica sets, and may do about them. */
export class NodeReplicas implements Replicas {
  readonly book: ReplicaBook;
  private readonly ports: NodeReplicasPorts;
  private readonly listeners = new Set<(event: ReplicaEvent) => void>();

  constructor(ports: NodeReplicasPorts) {
    const { stack } = ports;
    this.ports = ports;
    this.book = new ReplicaBook({
      ...ports,
      origin: () => stack().origin,
      enrol: (enrolled) => stack().enrol(enrolled),
      useSets: (sets) => stack().useSets(sets),
      compareNow: (count) => stack().compareNow(count),
      livingBoot: (name) => stack().livingBoot(name),
      renewLife: (floor) => stack().renewLife(ports.wallClock(), floor),
      onEvicted: (error) => this.onEvicted(error),
      onPlace: (record) => this.onPlace(record),
      onProgress: ({ peer, ...counts }) =>
        this.tell({ kind: "progress", from: String(peer), ...counts }),
    });
  }

  list(name?: string): readonly ReplicaSet[] {
    const { sets } = this.book;
    const known = [...sets.places.replicas()].filter((replica) => replica !== REPLICA_SETS);
    const wanted = known.filter((replica) => name === undefined || isCalled(replica, name));
    return wanted.sort().map((replica) => this.pictureOf(replica));
  }

  evict(replica: string, name: string): ReplicaPlace {
    this.ports.step(() => {});
    const known = [...this.book.sets.places.replicas()];
    const called = known.find((one) => isCalled(one, replica)) ?? replica;
    const origin = this.book.evict(called, name);
    return this.placeOf(called, { origin, standing: "evicted" });
  }

  on(listener: (event: ReplicaEvent) => void): () => void {
    // A wrapper of its own, so that one function may listen twice.
    const own = (event: ReplicaEvent): void => listener(event);
    this.listeners.add(own);
    return () => this.listeners.delete(own);
  }

  private pictureOf(replica: string): ReplicaSet {
    const places = this.book.sets.places.all(replica).map((one) => this.placeOf(replica, one));
    const counts = this.book.countsOf(replica);
    return { replica, places, ...counts };
  }

  private placeOf(
    replica: string,
    { origin, standing }: Pick<ReplicaPlace, "origin" | "standing">,
  ): ReplicaPlace {
    const { boot, name } = parseOrigin(origin) ?? { boot: 0, name: String(origin) };
    const alive = this.ports.stack().livingBoot(name) === boot;
    const awayMs = standing === "member" ? this.book.awayMs(replica, origin) : undefined;
    return { name, origin, standing, alive, ...(awayMs === undefined ? {} : { awayMs }) };
  }

  private onEvicted(error: HearsayError): void {
    this.ports.logger.error(error.message, { code: error.code });
    this.tell({ kind: "evicted", origin: this.ports.stack().origin, error });
  }

  private onPlace({ kind, origin, replica }: PlaceRecord): void {
    if (replica === REPLICA_SETS) return;
    const what = { announced: "announce", left: "leave", evicted: "evict" } as const;
    this.tell({ kind: what[kind], replica, origin });
  }

  private tell(event: ReplicaEvent): void {
    const onError = (error: unknown) => this.ports.onCallbackError("a listener of replicas", error);
    for (const listener of [...this.listeners]) callListener(listener, event, onError);
  }
}

/** A topic may be called by its tag alone. */
function isCalled(replica: string, name: string): boolean {
  return replica === name || replica === `topic:${name}`;
}
