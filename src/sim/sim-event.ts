import type { SimNode } from "./sim-node.ts";

/** Something that happens at a moment of virtual time. */
export interface SimEvent {
  fire(): void;
}

/** A packet reaches the machine at its address. */
export class PacketEvent implements SimEvent {
  private readonly to: SimNode;
  private readonly from: SimNode;
  private readonly message: unknown;
  /** The channel it was sent on directly; undefined for those of the protocol that owns packets. */
  private readonly channel: string | undefined;

  constructor(from: SimNode, to: SimNode, parcel: Parcel) {
    this.from = from;
    this.to = to;
    this.message = parcel.message;
    this.channel = parcel.channel;
  }

  fire(): void {
    this.to.takePacket(this.from, this, { message: this.message, channel: this.channel });
  }
}

/** What a packet carries, and for whom. */
export interface Parcel {
  readonly message: unknown;
  readonly channel: string | undefined;
}

/** Where a protocol is mounted: in which life of its node, and as which of its protocols. */
export interface SimMount {
  readonly life: number;
  readonly index: number;
  readonly channel: string;
}

/** A timer of one life of a node runs out. */
export class TimerEvent implements SimEvent {
  private readonly node: SimNode;
  private readonly life: number;
  private readonly mount: number;
  private readonly timer: unknown;

  constructor(node: SimNode, mount: SimMount, timer: unknown) {
    this.node = node;
    this.life = mount.life;
    this.mount = mount.index;
    this.timer = timer;
  }

  fire(): void {
    if (this.life === this.node.life) this.node.takeTimer(this.mount, this.timer, this);
  }
}

/** Something that the author of a simulation planned, or that waited for its node. */
export class ActionEvent implements SimEvent {
  private readonly run: () => void;

  constructor(run: () => void) {
    this.run = run;
  }

  fire(): void {
    this.run();
  }
}
