/** A number of the network that faults change for a while: the latest that still runs counts. */
export class Setting<Value> {
  private readonly base: Value;
  private readonly write: (value: Value) => void;
  private readonly changes: { readonly value: Value }[] = [];

  constructor(base: Value, write: (value: Value) => void) {
    this.base = base;
    this.write = write;
  }

  /** @returns what ends it. */
  change(value: Value): () => void {
    const change = { value };
    this.changes.push(change);
    this.write(value);
    return () => {
      const index = this.changes.indexOf(change);
      if (index < 0) return;
      this.changes.splice(index, 1);
      this.write(this.changes.at(-1)?.value ?? this.base);
    };
  }

  reset(): void {
    if (this.changes.length === 0) return;
    this.changes.length = 0;
    this.write(this.base);
  }
}
