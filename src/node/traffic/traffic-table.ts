import { slotNames } from "./traffic-names.ts";

/** What one way of travelling has carried of one kind of message, since the node began. */
export interface TrafficRow {
  readonly name: string;
  readonly sentBytes: number;
  readonly sentMessages: number;
  readonly receivedBytes: number;
  readonly receivedMessages: number;
}

/** Sent bytes, sent messages, received bytes, received messages. */
const COLUMNS_COUNT = 4;

/** Counts by slot, in one piece of memory: to count is two additions, and nothing is allocated. */
export class TrafficTable {
  private readonly numbers = new Float64Array(slotNames.length * COLUMNS_COUNT);

  sent(slot: number, bytesCount: number, messagesCount: number): void {
    this.add(slot * COLUMNS_COUNT, bytesCount, messagesCount);
  }

  received(slot: number, bytesCount: number, messagesCount: number): void {
    this.add(slot * COLUMNS_COUNT + 2, bytesCount, messagesCount);
  }

  /** Those that counted anything, in the order of slots. */
  rows(): TrafficRow[] {
    return slotNames.flatMap((name, slot) => {
      const at = slot * COLUMNS_COUNT;
      const [sentBytes = 0, sentMessages = 0, receivedBytes = 0, receivedMessages = 0] =
        this.numbers.subarray(at, at + COLUMNS_COUNT);
      const isEmpty = sentBytes + sentMessages + receivedBytes + receivedMessages === 0;
      return isEmpty ? [] : [{ name, sentBytes, sentMessages, receivedBytes, receivedMessages }];
    });
  }

  private add(at: number, bytesCount: number, messagesCount: number): void {
    const { numbers } = this;
    numbers[at] = (numbers[at] ?? 0) + bytesCount;
    numbers[at + 1] = (numbers[at + 1] ?? 0) + messagesCount;
  }
}
