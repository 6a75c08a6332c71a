import type { BootKeeper, BootRecord } from "../../node/node-host.ts";
import type { SimDisk } from "../../sim/sim-disk.ts";

const FILE_NAME = "boot";

/** Which life of its name a node lives, kept on a simulated disk: the twin of `BootFile`. */
export class BootDisk implements BootKeeper {
  private readonly disk: SimDisk;

  constructor(disk: SimDisk) {
    this.disk = disk;
  }

  /** Begins a new life, as `BootFile.begin` does. */
  begin(nowMs: number): BootRecord {
    const last = this.read() ?? 0;
    const record = { boot: Math.max(nowMs, last + 1), nameSuffix: "" };
    this.write(record);
    return record;
  }

  write({ boot }: BootRecord): void {
    this.disk.write(FILE_NAME, new TextEncoder().encode(String(boot)));
  }

  private read(): number | undefined {
    const bytes = this.disk.read(FILE_NAME);
    return bytes === undefined ? undefined : Number(new TextDecoder().decode(bytes));
  }
}
