/** Living Hearsay peers that said in their advert that they take no part in monitoring. */
export class UnmonitoredPeers {
  private readonly names = new Set<string>();
  private changes = 0;

  /** Another number after each change. */
  get version(): number {
    return this.changes;
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  add(name: string): void {
    if (this.names.has(name)) return;
    this.names.add(name);
    this.changes += 1;
  }

  remove(name: string): void {
    if (this.names.delete(name)) this.changes += 1;
  }
}
