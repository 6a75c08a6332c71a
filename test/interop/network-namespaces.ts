/**
 * Two hosts on one machine, each a network namespace, joined by a switch in a third. Needs root and
 * Debian's iproute2; what it makes is seen by nobody else on the machine and goes with `remove`.
 */
import { execFileSync } from "node:child_process";

export type Half = "left" | "right";

/** Of the range that is kept for tests of network gear [RFC 2544]. */
const HOSTS = { left: "198.18.0.1", right: "198.18.0.2" } as const;
const PREFIX_BITS = 24;
const halves: readonly Half[] = ["left", "right"];

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

export class TwoHosts {
  private readonly prefix: string;

  constructor() {
    madeCount += 1;
    this.prefix = `hearsay-${process.pid}-${madeCount}`;
    try {
      this.make();
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** What starts a program on that host. */
  launcher(half: Half): readonly string[] {
    return ["ip", "netns", "exec", this.space(half)];
  }

  host(half: Half): string {
    return HOSTS[half];
  }

  /** Pulls the right host's cable out of the switch: packets vanish, and nobody is told. */
  cut(): void {
    ip("-n", this.space("switch"), "link", "set", "to-right", "nomaster");
  }

  mend(): void {
    ip("-n", this.space("switch"), "link", "set", "to-right", "master", "bridge");
  }

  remove(): void {
    for (const place of [...halves, "switch"] as const) {
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
    for (const half of halves) {
      const space = this.space(half);
      ip("netns", "add", space);
      const cable = ["link", "add", "net0", "type", "veth", "peer", "name", `to-${half}`];
      ip("-n", space, ...cable, "netns", middle);
      ip("-n", space, "address", "add", `${HOSTS[half]}/${PREFIX_BITS}`, "dev", "net0");
      for (const device of ["lo", "net0"]) ip("-n", space, "link", "set", device, "up");
      ip("-n", middle, "link", "set", `to-${half}`, "master", "bridge");
      ip("-n", middle, "link", "set", `to-${half}`, "up");
    }
  }

  private space(place: Half | "switch"): string {
    return `${this.prefix}-${place}`;
  }
}
