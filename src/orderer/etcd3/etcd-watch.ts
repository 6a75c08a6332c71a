import type { Etcd3, IEvent, IWatchResponse } from "etcd3";
import type { StoreChange, StoreMessage } from "../store.messages.ts";
import { failureOf, itemOf } from "./etcd-calls.ts";

export type WatchAsked = Extract<StoreMessage, { kind: "watch" }>;
type Unwatched = Extract<StoreMessage, { kind: "unwatched" }>;

export interface EtcdWatchWiring {
  readonly client: Etcd3;
  readonly asked: WatchAsked;
  /** Within it the watch must stand. */
  readonly timeoutMs: number;
  readonly tell: (message: StoreMessage) => void;
}

/**
 * One watch on a stream of its own. The client's own watcher is not used: it goes on from the
 * revision of the answer that created it, and so may pass over what it was to tell before.
 */
export class EtcdWatch {
  private readonly wiring: EtcdWatchWiring;
  private readonly timeout: ReturnType<typeof setTimeout>;
  private cancel: () => void = () => {};
  private part = 0;
  private isOver = false;

  constructor(wiring: EtcdWatchWiring) {
    this.wiring = wiring;
    const late = () => this.end("broken", "no answer in time");
    this.timeout = setTimeout(late, wiring.timeoutMs);
    void this.begin();
  }

  /** Nothing is told any more. */
  close(): void {
    this.isOver = true;
    clearTimeout(this.timeout);
    this.cancel();
  }

  private async begin(): Promise<void> {
    const { asked, client } = this.wiring;
    try {
      const stream = await client.watchClient.watch();
      stream.on("error", (error: unknown) => this.end("broken", failureOf(error).detail));
      stream.on("end", () => this.end("broken", "the stream ended"));
      stream.on("data", (response) => this.onResponse(response));
      this.cancel = () => stream.cancel();
      if (this.isOver) return stream.cancel();
      stream.write({
        create_request: {
          key: Buffer.from(asked.from),
          range_end: Buffer.from(asked.to),
          start_revision: asked.revision,
          fragment: true,
        },
      });
    } catch (error) {
      this.end("broken", failureOf(error).detail);
    }
  }

  private onResponse(response: IWatchResponse): void {
    if (this.isOver) return;
    clearTimeout(this.timeout);
    if (response.canceled) {
      const isCompacted = Number(response.compact_revision) > 0;
      return this.end(isCompacted ? "compacted" : "broken", response.cancel_reason);
    }
    if (response.events.length === 0) return;
    const { asked, tell } = this.wiring;
    const changes = response.events.map(changeOf);
    const { part } = this;
    this.part += 1;
    tell({ kind: "changes", watch: asked.watch, part, changes });
  }

  private end(reason: Unwatched["reason"], detail: string): void {
    if (this.isOver) return;
    this.close();
    const { asked, tell } = this.wiring;
    tell({ kind: "unwatched", watch: asked.watch, reason, detail });
  }
}

export function changeOf({ kv, type }: Pick<IEvent, "kv" | "type">): StoreChange {
  const item = itemOf(kv);
  if (type === "Delete") {
    return { kind: "delete", key: item.key, revision: item.modifiedAt };
  }
  return { kind: "put", item };
}
