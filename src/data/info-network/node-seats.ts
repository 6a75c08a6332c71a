/**
 * Who this node is connected to in one direction: ids, and places held for those whose id is not
 * known yet, or stands already. [infostore §2]
 */
export class NodeSeats {
  maxCount: number;
  private readonly ids = new Set<number>();
  private placeholders = 0;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  get size(): number {
    return this.ids.size + this.placeholders;
  }

  get hasSpace(): boolean {
    return this.size < this.maxCount;
  }

  has(nodeId: number): boolean {
    return this.ids.has(nodeId);
  }

  /** Takes a place, full or not; whoever asks has looked. */
  take(): NodeSeat {
    this.placeholders += 1;
    return new Seat(this);
  }

  /** @returns false when the id stands already: the place stays a nameless one. */
  name(nodeId: number): boolean {
    if (this.ids.has(nodeId)) return false;
    this.placeholders -= 1;
    this.ids.add(nodeId);
    return true;
  }

  drop(nodeId: number | undefined): void {
    if (nodeId === undefined) this.placeholders -= 1;
    else this.ids.delete(nodeId);
  }
}

/**
 * A place, owned by one stream, which gives it back once however it ends: counts kept apart from
 * their streams have been seen to drift. (CockroachDB, pull request 121361)
 */
export interface NodeSeat {
  /** The id of whoever sits there; the first one counts. */
  name(nodeId: number): void;
  release(): void;
}

class Seat implements NodeSeat {
  private readonly seats: NodeSeats;
  private nodeId: number | undefined;
  private isReleased = false;

  constructor(seats: NodeSeats) {
    this.seats = seats;
  }

  name(nodeId: number): void {
    if (this.isReleased || this.nodeId !== undefined) return;
    if (this.seats.name(nodeId)) this.nodeId = nodeId;
  }

  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.seats.drop(this.nodeId);
  }
}
