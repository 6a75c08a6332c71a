/** Hears what exchanges carry. The host knows no message: a slot stands for what kind it is. */
export interface StreamMeter<Message> {
  slotOf(message: Message): number;
  /** A message left, whole. */
  onSent(slot: number, bytesCount: number): void;
  /** A message came; undefined: bytes that are none. */
  onReceived(message: Message | undefined, bytesCount: number): void;
}
