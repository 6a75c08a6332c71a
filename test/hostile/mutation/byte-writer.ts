const KEPT_MAX_BYTES = 65_536;

/** Grows by doubling; `take` copies out, so that no two inputs share memory. */
export class ByteWriter {
  private storage = new Uint8Array(KEPT_MAX_BYTES);
  private used = 0;

  get length(): number {
    return this.used;
  }

  byte(value: number): void {
    this.reserve(1);
    this.storage[this.used] = value;
    this.used += 1;
  }

  /** `value` in `width` bytes, the highest first. */
  number(value: number, width: number): void {
    for (let at = width - 1; at >= 0; at -= 1) this.byte(Math.floor(value / 256 ** at) % 256);
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.storage.set(bytes, this.used);
    this.used += bytes.length;
  }

  /** Writes over what stands at `at`. */
  patch(at: number, value: number, width: number): void {
    for (let i = 0; i < width; i += 1) {
      this.storage[at + i] = Math.floor(value / 256 ** (width - 1 - i)) % 256;
    }
  }

  /** The bytes from `from` on, good until the next write. */
  view(from: number): Uint8Array {
    return this.storage.subarray(from, this.used);
  }

  cutTo(length: number): void {
    this.used = length;
  }

  take(): Uint8Array {
    const bytes = this.storage.slice(0, this.used);
    this.used = 0;
    // What is kept here would look like a leak of those under attack.
    if (this.storage.length > KEPT_MAX_BYTES) this.storage = new Uint8Array(KEPT_MAX_BYTES);
    return bytes;
  }

  private reserve(count: number): void {
    const wanted = this.used + count;
    if (wanted <= this.storage.length) return;
    const grown = new Uint8Array(wanted * 2);
    grown.set(this.storage.subarray(0, this.used));
    this.storage = grown;
  }
}
