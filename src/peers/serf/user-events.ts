import { sameBytes } from "../../core/bytes.ts";
import { HearsayError } from "../../core/errors.ts";
import { LamportClock } from "../../core/lamport-clock.ts";
import type { SerfContext } from "./context.ts";
import { LamportRing, type RingVerdict } from "./lamport-ring.ts";
import type { SerfCount } from "./serf.contract.ts";
import type { SerfEventSlot, UserEventMessage } from "./serf.messages.ts";

interface RememberedEvent {
  readonly name: string;
  readonly payload: Uint8Array;
}

/** Rough cost of an entry beside its payload, so that empty events count too. */
const ENTRY_BYTES = 64;

const eventEntries = {
  isSame(a: RememberedEvent, b: RememberedEvent): boolean {
    return a.name === b.name && sameBytes(a.payload, b.payload);
  },
  bytesOf(event: RememberedEvent): number {
    return ENTRY_BYTES + event.name.length + event.payload.length;
  },
};

const refusals: Record<Exclude<RingVerdict, "news">, SerfCount> = {
  duplicate: "serf.dropped.duplicateEvent",
  old: "serf.dropped.oldEvent",
  crowded: "serf.dropped.crowdedEvent",
};

/** User events: ordered by the event clock, delivered once. Source: spec section 23. */
export class UserEvents {
  readonly clock: LamportClock;
  private readonly context: SerfContext;
  private readonly ring: LamportRing<RememberedEvent>;

  constructor(context: SerfContext) {
    const { options } = context;
    this.context = context;
    this.clock = new LamportClock(options.lamportJumpMaxCount);
    const bounds = {
      timesCount: options.eventBufferCount,
      perTimeMaxCount: options.perTimeMaxCount,
      maxBytes: options.eventBufferMaxBytes,
    };
    this.ring = new LamportRing(bounds, eventEntries);
  }

  /** @throws HearsayError EVENT_TOO_LARGE */
  send(event: { name: string; payload: Uint8Array; cc: boolean }): void {
    const { codec, options, broadcasts } = this.context;
    const message: UserEventMessage = { kind: "userEvent", lTime: this.clock.current, ...event };
    const bytes = codec.encode(message);
    if (bytes.length > options.userEventMaxBytes) {
      throw new HearsayError(
        "EVENT_TOO_LARGE",
        `The event takes ${bytes.length} bytes encoded; at most ${options.userEventMaxBytes} ` +
          "are sent. Shorten its name or payload, or publish it on a topic.",
      );
    }
    this.clock.tick();
    broadcasts.queueEvent(bytes);
    this.take(message);
  }

  /** True when it was news, to be passed on. */
  onEvent(message: UserEventMessage): boolean {
    if (!this.clock.witness(message.lTime)) {
      this.context.counters.add("serf.dropped.absurdTime");
      return false;
    }
    return this.take(message);
  }

  /** Events before `lTime` are history that a newcomer does not want. */
  ignoreBefore(lTime: number): void {
    this.ring.ignoreBefore(lTime);
  }

  /** Everything remembered, for a push/pull. */
  slots(): SerfEventSlot[] {
    const slots: SerfEventSlot[] = [];
    this.ring.forEach((lTime, events) => {
      slots.push({ lTime, events: [...events] });
    });
    return slots;
  }

  private take({ lTime, name, payload, cc }: UserEventMessage): boolean {
    const { counters, listener } = this.context;
    const verdict = this.ring.accept(lTime, { name, payload }, this.clock.current);
    if (verdict !== "news") {
      counters.add(refusals[verdict]);
      return false;
    }
    counters.add("serf.events.delivered");
    listener.onUserEvent({ lTime, name, payload, coalesce: cc });
    return true;
  }
}
