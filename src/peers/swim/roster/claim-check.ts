import { utf8ByteLength } from "../../../core/text.ts";
import type { SwimCounters, SwimIdentity } from "../swim.contract.ts";
import type { AliveMessage, DeadMessage, SuspectMessage } from "../swim.messages.ts";
import type { SwimOptions } from "../swim.options.ts";
import { isVersionsAcceptable, versionsOverlap } from "../wire/versions.ts";

export const INCARNATION_CEILING = 0xffff_ffff;
/**
 * No accusation that jumps above this is believed: it leaves the accused 65,535 refutations before
 * 2^32. A real incarnation counts refutations and never comes near.
 */
export const ACCUSATION_CEILING = INCARNATION_CEILING - 0xffff;

function isWhole32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= INCARNATION_CEILING;
}

/** Port 0 is filled in later, with our own. */
function isPlace({ addr, port }: AliveMessage): boolean {
  const isPort = Number.isInteger(port) && port >= 0 && port <= 0xffff;
  return isPort && (addr.length === 4 || addr.length === 16);
}

/** Turns away claims no sane node makes, before anything of them is stored. Each is counted. */
export class ClaimCheck {
  private readonly options: SwimOptions;
  private readonly counters: SwimCounters;
  private readonly identity: SwimIdentity;

  constructor(options: SwimOptions, counters: SwimCounters, identity: SwimIdentity) {
    this.options = options;
    this.counters = counters;
    this.identity = identity;
  }

  isSaneAlive(claim: AliveMessage): boolean {
    if (!this.isName(claim.node)) return false;
    if (!isPlace(claim)) {
      this.counters.add("swim.dropped.badAddress");
      return false;
    }
    if (claim.meta.length > this.options.metaMaxBytes) {
      this.counters.add("swim.dropped.metaTooLarge");
      return false;
    }
    const isLocal = claim.node === this.identity.name;
    if (!isVersionsAcceptable(claim.vsn) || !(isLocal || this.speaksWithUs(claim.vsn))) {
      this.counters.add("swim.dropped.badVersion");
      return false;
    }
    // An alive about ourselves is refuted like an accusation; one about others only is believed.
    const ceiling = isLocal ? ACCUSATION_CEILING : INCARNATION_CEILING;
    return this.isIncarnation(claim.incarnation, ceiling);
  }

  /**
   * @param knownIncarnation of the accused. Whoever stands above the ceiling (driven there, or
   * forged) can still be accused of what it said itself, or nobody would ever notice its death.
   */
  isSaneAccusation(claim: SuspectMessage | DeadMessage, knownIncarnation: number): boolean {
    if (!this.isName(claim.node)) return false;
    if (utf8ByteLength(claim.from) > this.options.nameMaxBytes) {
      this.counters.add("swim.dropped.badName");
      return false;
    }
    const ceiling = Math.max(ACCUSATION_CEILING, knownIncarnation);
    return this.isIncarnation(claim.incarnation, ceiling);
  }

  /**
   * Departs from memberlist, which asks this only in push/pulls: a single forged alive with
   * versions nobody shares would from then on fail every push/pull, and so every join.
   */
  private speaksWithUs(vsn: Uint8Array): boolean {
    return versionsOverlap(vsn, this.identity.vsn);
  }

  private isName(name: string): boolean {
    const { nameMaxBytes } = this.options;
    if (name.length > 0 && utf8ByteLength(name) <= nameMaxBytes) return true;
    this.counters.add("swim.dropped.badName");
    return false;
  }

  private isIncarnation(incarnation: number, ceiling: number): boolean {
    if (isWhole32(incarnation) && incarnation <= ceiling) return true;
    this.counters.add("swim.dropped.absurdIncarnation");
    return false;
  }
}
