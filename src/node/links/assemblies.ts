import { Buffer } from "node:buffer";

interface Assembly {
  readonly parts: Uint8Array[];
  bytes: number;
}

/** Messages of one link that come in parts, one at a time for each channel. */
export class Assemblies {
  private readonly maxBytes: number;
  private readonly open = new Map<number, Assembly>();
  private heldCount = 0;

  /** `maxBytes` is of all that is not whole yet. */
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.heldCount;
  }

  /** @returns "tooLarge" when more would be held than may be. */
  add(channel: number, part: Uint8Array): "held" | "tooLarge" {
    this.heldCount += part.length;
    if (this.heldCount > this.maxBytes) return "tooLarge";
    const assembly = this.open.get(channel) ?? { parts: [], bytes: 0 };
    assembly.parts.push(part);
    assembly.bytes += part.length;
    this.open.set(channel, assembly);
    return "held";
  }

  /** The message whose last part this is; most messages have no other. */
  finish(channel: number, last: Uint8Array): Uint8Array {
    const assembly = this.open.get(channel);
    if (assembly === undefined) return last;
    this.drop(channel);
    return Buffer.concat([...assembly.parts, last], assembly.bytes + last.length);
  }

  /** The rest will not come. */
  drop(channel: number): void {
    this.heldCount -= this.open.get(channel)?.bytes ?? 0;
    this.open.delete(channel);
  }
}
