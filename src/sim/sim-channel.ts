import type { Protocol } from "../core/protocol.ts";

/** The place of the protocol that owns packets and streams, among the channels. */
export const STREAM_CHANNEL = 0;

/** The protocols that were mounted directly under one name, by the number of their node. */
export class SimChannel {
  readonly name: string;
  private readonly protocols: (Protocol<unknown, unknown> | undefined)[] = [];

  constructor(name: string) {
    this.name = name;
  }

  get(index: number): Protocol<unknown, unknown> | undefined {
    return this.protocols[index];
  }

  put(index: number, protocol: Protocol<unknown, unknown>): void {
    while (this.protocols.length <= index) this.protocols.push(undefined);
    this.protocols[index] = protocol;
  }

  remove(index: number): void {
    if (index < this.protocols.length) this.protocols[index] = undefined;
  }
}
