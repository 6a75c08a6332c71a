/**
 * Hosts on one machine, each a network namespace, all on one switch in another; paths between two
 * can be cut in one direction. Needs root and Debian's iproute2, as network-namespaces.ts does.
 */
import { execFileSync } from "node:child_process";

/** Of the range that is kept for tests of network gear [RFC 2544]. */
const NETWORK = "198.18.7";
const PREFIX_BITS = 24;
/** A card that nobody has. */
const NOBODY = "02:00:00:00:00:99";

let madeCount = 0;

function ip(...words: readonly string[]): string {
  return execFileSync("ip", words, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
}

export class ManyHosts {
  private readonly prefix: string;
  private readonly names: readonly string[];

  constructor(names: readonly string[]) {
    madeCount += 1;
    this.prefix = `hearsay-${process.pid}-m${madeCount}`;
    this.names = names;
    try {
      this.make();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** What starts a program on that host. */
  launcher(name: string): readonly string[] {
    return ["ip", "netns", "exec", this.space(name)];
  }

  address(name: string): string {
    return `${NETWORK}.${this.names.indexOf(name) + 1}`;
  }

  /** What `from` sends to `to` goes to a card that nobody has: it vanishes, and nobody is told. */
  cut(from: string, to: string): void {
    const path = [this.address(to), "dev", "net0"];
    ip("-n", this.space(from), "neigh", "replace", ...path, "lladdr", NOBODY, "nud", "permanent");
  }

  mend(from: string, to: string): void {
    ip("-n", this.space(from), "neigh", "del", this.address(to), "dev", "net0");
  }

  remove(): void {
    for (const place of [...this.names, "switch"]) {
      try {
        ip("netns", "delete", this.space(place));
      } catch {
        // It was never made.
      }
    }
  }

  private make(): void {
    const middle = this.space("switch");
    ip("netns", "add", middle);
    ip("-n", middle, "link", "add", "bridge", "type", "bridge");
    ip("-n", middle, "link", "set", "bridge", "up");
    for (const [index, name] of this.names.entries()) {
      const space = this.space(name);
      const end = `to-${index}`;
      ip("netns", "add", space);
      const cable = ["link", "add", "net0", "type", "veth", "peer", "name", end];
      ip("-n", space, ...cable, "netns", middle);
      ip("-n", space, "address", "add", `${this.address(name)}/${PREFIX_BITS}`, "dev", "net0");
      for (const device of ["lo", "net0"]) ip("-n", space, "link", "set", device, "up");
      ip("-n", middle, "link", "set", end, "master", "bridge");
      ip("-n", middle, "link", "set", end, "up");
    }
  }

  private space(place: string): string {
    return `${this.prefix}-${place}`;
  }
}
