import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { compareStamps, type DeathCertificate, type Stamp } from "./death-certificates.messages.ts";
import type { DeathCertificatesOptions } from "./death-certificates.options.ts";

export type DeathCertificatesCount =
  | "deathCertificates.awakened"
  /** It came after all had forgotten it: it took so long that τ1 is too short. */
  | "deathCertificates.late"
  | "deathCertificates.dropped.full"
  | "deathCertificates.dropped.future";

export interface DeathCertificatesWiring {
  /** This node's name, as others know it. */
  readonly self: string;
  /** Milliseconds since the epoch. */
  wallClock(): number;
  /** Names of up to `count` random nodes, this one among those who may be chosen. */
  chooseSites(count: number): readonly string[];
  readonly counters: { add(name: DeathCertificatesCount, by?: number): void };
}

/**
 *   news     it is to be applied, and spread
 *   late     it is to be applied, and not spread
 *   known    this node has it, or a newer one
 *   refused  it makes no sense
 */
export type CertificateVerdict = "news" | "late" | "known" | "refused";

/** What this node knows of an item that came, or that it holds. */
export type ItemVerdict =
  | { readonly kind: "alive" }
  | { readonly kind: "obsolete" }
  /** Obsolete, and this node was one of the few that still knew: to be spread again. */
  | { readonly kind: "awakened"; readonly certificate: DeathCertificate };

const ALIVE = { kind: "alive" } as const;
const OBSOLETE = { kind: "obsolete" } as const;

/**
 * The tombstones of a replicated map, which do not fill it for ever. All nodes keep a certificate
 * until τ1 after its activation, a few for τ2 longer; where one of those meets the item it is
 * activated again and spreads anew. [Demers 1987 §2]
 *
 * The snowball rule: what arrives when all others have forgotten it deletes, but is not spread, and
 * only a dormant certificate can be awakened. So one item that comes back awakens each certificate
 * at most once, even where spreading takes longer than τ1.
 */
export class DeathCertificates {
  private readonly wiring: DeathCertificatesWiring;
  private readonly options: DeathCertificatesOptions;
  /** In the order of their activation here. */
  private readonly byKey: BoundedMap<string, DeathCertificate>;

  constructor(wiring: DeathCertificatesWiring, options: DeathCertificatesOptions) {
    this.wiring = wiring;
    this.options = options;
    this.byKey = new BoundedMap(Math.max(1, options.certificatesMaxCount));
  }

  get size(): number {
    return this.byKey.size;
  }

  /** What was written under `key` up to `ordinary` is deleted. @returns what is to be spread. */
  bury(key: string, ordinary: Stamp): DeathCertificate {
    const sites = this.wiring.chooseSites(this.options.retentionSitesCount);
    const certificate = { key, ordinary, activatedMs: this.wiring.wallClock(), sites };
    this.keep(certificate);
    return certificate;
  }

  /** A certificate came from a peer. */
  take(certificate: DeathCertificate): CertificateVerdict {
    const { activatedMs, key, ordinary } = certificate;
    const nowMs = this.wiring.wallClock();
    if (activatedMs > nowMs + this.options.futureMaxMs) {
      this.wiring.counters.add("deathCertificates.dropped.future");
      return "refused";
    }
    const own = this.byKey.peek(key);
    if (own !== undefined) {
      const order = compareStamps(ordinary, own.ordinary);
      if (order < 0 || (order === 0 && activatedMs <= own.activatedMs)) return "known";
    }
    if (this.phaseOf(certificate) === "active") {
      this.keep(certificate);
      return "news";
    }
    this.wiring.counters.add("deathCertificates.late");
    // Its item must go here too, but nobody else needs to hear: whoever could has heard.
    if (this.phaseOf(certificate) === "dormant") this.keep(certificate);
    return own === undefined || compareStamps(ordinary, own.ordinary) > 0 ? "late" : "known";
  }

  /**
   * An item written at `written` is held here, or came. Only ordinary stamps are compared: what was
   * written anew after its deletion lives, however often the certificate is awakened.
   */
  judge(key: string, written: Stamp): ItemVerdict {
    const certificate = this.byKey.peek(key);
    if (certificate === undefined) return ALIVE;
    if (compareStamps(written, certificate.ordinary) > 0) return ALIVE;
    switch (this.phaseOf(certificate)) {
      case "active":
        return OBSOLETE;
      case "dormant": {
        const awakened = { ...certificate, activatedMs: this.wiring.wallClock() };
        this.keep(awakened);
        this.wiring.counters.add("deathCertificates.awakened");
        return { kind: "awakened", certificate: awakened };
      }
      case "over":
        this.byKey.delete(key);
        return ALIVE;
    }
  }

  /** Something newer was written under `key`: the certificate has done its work. */
  forget(key: string, written: Stamp): void {
    const certificate = this.byKey.peek(key);
    if (certificate === undefined) return;
    if (compareStamps(written, certificate.ordinary) > 0) this.byKey.delete(key);
  }

  /** Drops what is over; to be called now and then. @returns how many. */
  sweep(): number {
    let count = 0;
    for (const [key, certificate] of this.byKey) {
      if (this.phaseOf(certificate) !== "over") continue;
      this.byKey.delete(key);
      count += 1;
    }
    return count;
  }

  /** Those that are compared with peers and spread: dormant ones stay where they are. */
  *active(): IterableIterator<DeathCertificate> {
    for (const [, certificate] of this.byKey) {
      if (this.phaseOf(certificate) === "active") yield certificate;
    }
  }

  isDormant(key: string): boolean {
    const certificate = this.byKey.peek(key);
    return certificate !== undefined && this.phaseOf(certificate) === "dormant";
  }

  private phaseOf({ activatedMs, sites }: DeathCertificate): "active" | "dormant" | "over" {
    const ageMs = this.wiring.wallClock() - activatedMs;
    const { activeMs, dormantMs } = this.options;
    if (ageMs < activeMs) return "active";
    if (ageMs < activeMs + dormantMs && sites.includes(this.wiring.self)) return "dormant";
    return "over";
  }

  private keep(certificate: DeathCertificate): void {
    const { evictedCount } = this.byKey;
    this.byKey.set(certificate.key, certificate);
    if (this.byKey.evictedCount > evictedCount) {
      this.wiring.counters.add("deathCertificates.dropped.full");
    }
  }
}
