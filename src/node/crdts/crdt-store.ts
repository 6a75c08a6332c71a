import type { Dot } from "../../core/dot.ts";
import { HearsayError } from "../../core/errors.ts";
import type { Origin } from "../../core/peer.ts";
import type { VersionTree } from "../../data/version-tree/version-tree.ts";
import type { WriteResult } from "../api.ts";
import { callListener } from "../call-listener.ts";
import { PastFirst } from "../past-first.ts";
import type { VersionReplica } from "../versions/version-replica.ts";
import type { WatchOnlyOptions } from "./crdts.api.ts";

export interface CrdtStorePorts {
  readonly replica: VersionReplica;
  /** In whose name this node counts: that of the life since which it holds what it has written. */
  readonly counts: () => Origin;
  onCallbackError(where: string, error: unknown): void;
}

interface Watch {
  readonly isMeant: (key: string) => boolean;
  readonly tell: (key: string) => void;
}

/** The version tree that the data of one store stands on, and who wants to hear of which keys. */
export class CrdtStore {
  readonly tree: VersionTree;
  readonly counts: () => Origin;
  private readonly ports: CrdtStorePorts;
  private readonly watches = new Set<Watch>();

  constructor(ports: CrdtStorePorts) {
    this.ports = ports;
    this.counts = ports.counts;
    this.tree = ports.replica.tree;
    ports.replica.onNews(({ update: { key } }) => {
      for (const { isMeant, tell } of [...this.watches]) if (isMeant(key)) tell(key);
    });
  }

  /** @throws HearsayError as `body` and `VersionTree.put`; WRITE_UNCERTAIN */
  async write(body: () => Dot | undefined): Promise<WriteResult | undefined> {
    const { replica } = this.ports;
    const dot = replica.write(body);
    return dot && { dot, durable: await replica.durable() };
  }

  /** Something that always writes. */
  async writeOne(body: () => Dot | undefined): Promise<WriteResult> {
    const written = await this.write(body);
    if (written !== undefined) return written;
    // A write that has seen all that is held is never refused for what it has not seen.
    throw new HearsayError("CONFIG_OPTION", "nothing was written");
  }

  /** `told` makes of a key what the listener is called with. @returns what ends it. */
  watch<Notice>(
    isMeant: (key: string) => boolean,
    { listener, past, told, what }: ToldBy<Notice>,
    { signal }: WatchOnlyOptions = {},
  ): () => void {
    if (signal?.aborted) return () => {};
    const onError = (error: unknown): void => this.ports.onCallbackError(what, error);
    const ordered = new PastFirst<Notice>((notice) => callListener(listener, notice, onError));
    const tell = (key: string): void => {
      // What cannot be read throws, and is told as if the listener had.
      callListener((one: string) => ordered.take(told(one)), key, onError);
    };
    const watch = { isMeant, tell };
    const known = [...past()];
    this.watches.add(watch);
    ordered.begin(known);
    const end = (): void => {
      this.watches.delete(watch);
      signal?.removeEventListener("abort", end);
    };
    signal?.addEventListener("abort", end, { once: true });
    return end;
  }

  close(): void {
    this.watches.clear();
    this.ports.replica.close();
  }
}

export interface ToldBy<Notice> {
  readonly what: string;
  /** What there is, told first. */
  readonly past: () => Iterable<Notice>;
  readonly told: (key: string) => Notice;
  readonly listener: (notice: Notice) => void;
}
