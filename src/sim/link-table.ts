/** Up to here a list is searched faster than a map. */
const LIST_MAX_COUNT = 16;

/** The ends of a node's links, by the number of the peer. Most nodes have few. */
export class LinkTable {
  private readonly peers: number[] = [];
  private readonly endsOf: number[] = [];
  /** Where a peer stands in the lists, once they are long. */
  private places: Map<number, number> | undefined;

  /** Below 0 when there is none. */
  find(peer: number): number {
    const place = this.placeOf(peer);
    return place < 0 ? -1 : (this.endsOf[place] ?? -1);
  }

  /** In place of the former one to that peer. */
  put(peer: number, end: number): void {
    const place = this.placeOf(peer);
    if (place >= 0) {
      this.endsOf[place] = end;
      return;
    }
    this.places?.set(peer, this.peers.length);
    this.peers.push(peer);
    this.endsOf.push(end);
    if (this.places === undefined && this.peers.length > LIST_MAX_COUNT) {
      this.places = new Map(this.peers.map((one, at) => [one, at]));
    }
  }

  /** Unless another end has taken its place. */
  remove(peer: number, end: number): void {
    const place = this.placeOf(peer);
    if (place < 0 || this.endsOf[place] !== end) return;
    this.places?.delete(peer);
    const [lastPeer, lastEnd] = [this.peers.pop(), this.endsOf.pop()];
    if (lastPeer === undefined || lastEnd === undefined || place === this.peers.length) return;
    this.peers[place] = lastPeer;
    this.endsOf[place] = lastEnd;
    this.places?.set(lastPeer, place);
  }

  ends(): readonly number[] {
    return this.endsOf;
  }

  private placeOf(peer: number): number {
    if (this.places === undefined) return this.peers.indexOf(peer);
    return this.places.get(peer) ?? -1;
  }
}
