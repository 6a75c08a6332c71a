import type { BootKeeper, BootRecord } from "../../node/node-host.ts";
import { type PastKeeper, parsePast, pastText } from "../../node/past-keeper.ts";
import type { PastMember } from "../../peers/reconnect/reconnect.contract.ts";
import type { SimDisk } from "../../sim/sim-disk.ts";

const BOOT_FILE = "boot";
const PAST_FILE = "members.json";

/** What a node keeps between its lives, on a simulated disk: the twin of its data directory. */
export class NodeDisk implements BootKeeper {
  readonly past: PastKeeper;
  private readonly disk: SimDisk;

  constructor(disk: SimDisk) {
    this.disk = disk;
    this.past = {
      write: (members) => disk.write(PAST_FILE, bytesOf(pastText(members))),
      close: async () => {},
    };
  }

  /** Begins a new life, as `BootFile.begin` does. */
  begin(nowMs: number): BootRecord {
    const last = Number(this.text(BOOT_FILE) ?? 0);
    const record = { boot: Math.max(nowMs, last + 1), nameSuffix: "" };
    this.write(record);
    return record;
  }

  write({ boot }: BootRecord): void {
    this.disk.write(BOOT_FILE, bytesOf(String(boot)));
  }

  /** The members of the last life. */
  pastMembers(): readonly PastMember[] {
    const text = this.text(PAST_FILE);
    const reading = text === undefined ? undefined : parsePast(text);
    return reading?.kind === "members" ? reading.members : [];
  }

  private text(name: string): string | undefined {
    const bytes = this.disk.read(name);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
