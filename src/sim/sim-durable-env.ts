import type { DurableEnv, JournalPosition } from "../core/env.ts";
import type { JournalChannel } from "../core/journal-channel.ts";
import type { PeerId } from "../core/peer.ts";
import type { DurableProtocol } from "../core/protocol.ts";
import { SimDirectEnv } from "./sim-direct-env.ts";
import { type JournalEar, SimJournal } from "./sim-journal.ts";
import type { SimNode } from "./sim-node.ts";

/** Records in bytes, and back. */
export interface RecordCodec<R> {
  encode(record: R): Uint8Array;
  decode(bytes: Uint8Array): R | undefined;
}

interface Held<M> {
  readonly after: JournalPosition;
  readonly to: PeerId;
  readonly message: M;
}

/** The door of a protocol that keeps things on disk: see `DurableEnv`. */
export class SimDurableEnv<M, T, R>
  extends SimDirectEnv<M, T>
  implements DurableEnv<M, T, R>, JournalEar
{
  private readonly journal: SimJournal;
  private readonly channel: JournalChannel;
  private readonly codec: RecordCodec<R>;
  private readonly held: Held<M>[] = [];
  private protocol: DurableProtocol<M, T, R> | undefined;
  private lastPosition = 0 as JournalPosition;

  constructor(node: SimNode, place: number, codec: RecordCodec<R>) {
    super(node, place);
    this.codec = codec;
    this.journal = SimJournal.of(node);
    this.channel = this.journal.channel(node.simulator.engine.channel(place).name, this);
  }

  /** Gives `protocol` what the journal held. */
  recover(protocol: DurableProtocol<M, T, R>): void {
    this.protocol = protocol;
    const { snapshot, tail } = this.channel.takeRecovered();
    const records = tail.flatMap(({ bytes, position }) => {
      const record = this.codec.decode(bytes);
      if (record === undefined) throw new Error(`record ${position} cannot be decoded`);
      return [{ position, record }];
    });
    protocol.recover(snapshot, records);
  }

  append(record: R): JournalPosition {
    const position = this.channel.append(this.codec.encode(record));
    this.lastPosition = position;
    this.journal.flushAfterStep();
    return position;
  }

  appendLater(record: R): JournalPosition {
    const bytes = this.codec.encode(record);
    this.lastPosition = this.channel.appendLater?.(bytes) ?? this.channel.append(bytes);
    return this.lastPosition;
  }

  flush(): void {
    this.journal.flushAfterStep();
  }

  override send(to: PeerId, message: M): void {
    if (!this.isOfThisLife) return;
    if (this.lastPosition <= this.journal.durable) this.leave(to, message);
    else {
      this.held.push({ after: this.lastPosition, to, message });
      this.flush();
    }
  }

  sendNow(to: PeerId, message: M): void {
    this.leave(to, message);
  }

  /** The message leaves: nothing stands in its way any more. */
  protected leave(to: PeerId, message: M): void {
    super.send(to, message);
  }

  truncateAfter(position: JournalPosition): void {
    this.channel.truncateAfter(position);
    this.journal.flushAfterStep();
  }

  snapshot(bytes: Uint8Array, upTo: JournalPosition): void {
    this.channel.snapshot(bytes, upTo, () => {
      if (this.isOfThisLife) this.node.step(() => this.protocol?.onSnapshot(upTo));
    });
    this.journal.flushAfterStep();
  }

  onDurable(position: JournalPosition): void {
    if (!this.isOfThisLife) return;
    this.node.step(() => {
      let first = this.held[0];
      while (first !== undefined && first.after <= position) {
        this.held.shift();
        this.leave(first.to, first.message);
        first = this.held[0];
      }
      this.protocol?.onDurable(position);
    });
  }
}

/**
 * Mounts a protocol that keeps things on the machine's disk: `open` builds its door, `make` the
 * protocol, then it gets what its disk held. Its peers are the numbers of the nodes, as with
 * `mountDirect`.
 */
export function mountDurable<M, T, R, P extends DurableProtocol<M, T, R>>(
  node: SimNode,
  channel: string,
  open: (place: number) => SimDurableEnv<M, T, R>,
  make: (env: SimDurableEnv<M, T, R>) => P,
): P {
  return node.mountAt(channel, (place) => {
    const env = open(place);
    const protocol = make(env);
    env.recover(protocol);
    return protocol;
  });
}
