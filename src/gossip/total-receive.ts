import type {
  OrderedEntry,
  OrderedGap,
  OrderedLog,
  OrderedState,
} from "../node/ordered-log/ordered-log.api.ts";
import type { ReceivedTotalPacket } from "./total.api.ts";
import { totalPacketFrom } from "./total-packet.ts";

export interface TotalReceiveParts {
  readonly id: string;
  readonly log: OrderedLog<unknown, unknown>;
  /** What packets come to; absent where users keep none. */
  readonly state: OrderedState<unknown> | undefined;
  readonly onSnapshot: ((state: unknown, orderIndex: number) => void) | undefined;
  readonly queueMax: number;
}

/** The packets of a log from its beginning on, or from behind a state that stands for some. */
export async function* receiveTotal(
  parts: TotalReceiveParts,
): AsyncGenerator<ReceivedTotalPacket, void> {
  const { id, log, queueMax, state } = parts;
  const gaps = new Gaps();
  const onGap = (gap: OrderedGap): void => gaps.put(gap);
  // Without a state to stand for what is gone the reader itself tells that it is.
  await using reader = log.subscribe({ from: "start", queueMax, ...(state && { onGap }) });
  let toldIndex = 0;
  let coming = reader.next();
  for (;;) {
    const next = await Promise.race([coming, gaps.wanted()]);
    if (next === "gap") {
      toldIndex = Math.max(toldIndex, await tellSnapshot(parts, gaps.take()));
      continue;
    }
    if (next.done === true) return;
    coming = reader.next();
    const entry: OrderedEntry<unknown> = next.value;
    // A state stands for it.
    if (entry.index <= toldIndex) continue;
    toldIndex = entry.index;
    const packet = totalPacketFrom(entry);
    const availableAt = packet.author === id ? [id] : [packet.author, id];
    yield { ...packet, availableAt };
  }
}

/** @returns the last packet that the state stands for. */
async function tellSnapshot(
  { onSnapshot, state }: TotalReceiveParts,
  throughIndex: number,
): Promise<number> {
  if (state === undefined) return throughIndex;
  while (state.index < throughIndex) await changed(state);
  const { index } = state;
  onSnapshot?.(state.state, index);
  return index;
}

function changed(state: OrderedState<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const end = state.on(() => {
      end();
      resolve();
    });
  });
}

/** Packets that are gone, up to the last of them. */
class Gaps {
  private throughIndex = 0;
  private tell: (() => void) | undefined;

  put({ throughIndex }: OrderedGap): void {
    this.throughIndex = Math.max(this.throughIndex, throughIndex);
    this.tell?.();
  }

  wanted(): Promise<"gap"> {
    if (this.throughIndex > 0) return Promise.resolve("gap");
    return new Promise((resolve) => {
      this.tell = () => resolve("gap");
    });
  }

  take(): number {
    const { throughIndex } = this;
    this.throughIndex = 0;
    return throughIndex;
  }
}
