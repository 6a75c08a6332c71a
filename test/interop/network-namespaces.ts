/**
 * Hosts on one machine, each a network namespace, all on one switch in another. Needs root and
 * Debian's iproute2; what it makes is seen by nobody else on the machine and goes with `remove`.
 */
import { execFileSync } from "node:child_process";

/** Of the range that is kept for tests of network gear [RFC 2544]. */
const NETWORK = "198.18.7";
const PREFIX_BITS = 24;
/** A card that nobody has. */
const NOBODY = "02:00:00:00:00:99";

let madeCount = 0;

function ip(...words: readonly string[]): void {
  execFileSync("ip", words, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Undefined when namespaces can be made here, else why not. */
export function namespacesMissing(): string | undefined {
  const name = `hearsay-probe-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "delete", name);
    return undefined;
  } catch (error) {
    return `no network namespaces here: ${String(error).split("\n")[0]}`;
  }
}

export class NamespaceHosts<Name extends string> {
  private readonly prefix: string;
  private readonly names: readonly Name[];

  constructor(names: readonly Name[]) {
    madeCount += 1;
    this.prefix = `hearsay-${process.pid}-${madeCount}`;
    this.names = names;
    try {
      this.make();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** What starts a program on that host. */
  launcher(name: Name): readonly string[] {
    return ["ip", "netns", "exec", this.space(name)];
  }

  address(name: Name): string {
    return `${NETWORK}.${this.names.indexOf(name) + 1}`;
  }

  /** Pulls the host's cable out of the switch: packets vanish, and nobody is told. */
  unplug(name: Name): void {
    ip("-n", this.space("switch"), "link", "set", this.socket(name), "nomaster");
  }

  plug(name: Name): void {
    ip("-n", this.space("switch"), "link", "set", this.socket(name), "master", "bridge");
  }

  /** What `from` sends to `to` goes to a card that nobody has: it vanishes, and nobody is told. */
  cut(from: Name, to: Name): void {
    const path = [this.address(to), "dev", "net0"];
    ip("-n", this.space(from), "neigh", "replace", ...path, "lladdr", NOBODY, "nud", "permanent");
  }

  mend(from: Name, to: Name): void {
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
    for (const name of this.names) {
      const space = this.space(name);
      ip("netns", "add", space);
      const cable = ["link", "add", "net0", "type", "veth", "peer", "name", this.socket(name)];
      ip("-n", space, ...cable, "netns", middle);
      ip("-n", space, "address", "add", `${this.address(name)}/${PREFIX_BITS}`, "dev", "net0");
      for (const device of ["lo", "net0"]) ip("-n", space, "link", "set", device, "up");
      this.plug(name);
      ip("-n", middle, "link", "set", this.socket(name), "up");
    }
  }

  /** The switch's end of the cable of that host. */
  private socket(name: Name): string {
    return `to-${this.names.indexOf(name)}`;
  }

  private space(place: string): string {
    return `${this.prefix}-${place}`;
  }
}
