import type { CooledRumors } from "./cooled-rumors.ts";
import type { HotRumor, HotRumors } from "./hot-rumors.ts";
import type { Interest } from "./interest.ts";
import type { RoundClock } from "./round-clock.ts";
import type { RumorWiring } from "./rumor.contract.ts";
import type { Told } from "./rumor.messages.ts";
import type { RumorOptions } from "./rumor.options.ts";

/** What the name of an update takes up in a message, about. */
const NAME_BYTES = 64;
/** The same among many, without its origin, which is written once. */
const DOT_BYTES = 12;
/** No call of this node's peers has this number. */
export const NO_CALL = 0;

const NO_RUMORS: readonly HotRumor[] = [];
const NOTHING: readonly Told[] = [];

export interface TellerParts {
  readonly hot: HotRumors;
  readonly cooled: CooledRumors;
  readonly interest: Interest;
  readonly clock: RoundClock;
}

/** Puts hot rumors into messages. */
export class Teller {
  private readonly parts: TellerParts;
  private readonly counters: RumorWiring["counters"];
  private readonly options: RumorOptions;

  constructor(parts: TellerParts, counters: RumorWiring["counters"], options: RumorOptions) {
    this.parts = parts;
    this.counters = counters;
    this.options = options;
  }

  /**
   * What a message to a peer shall hold: what the peer did not tell in `call`, each in its turn, as
   * much as there is room for and at least one.
   */
  pick(call: number): readonly HotRumor[] {
    const { clock, hot } = this.parts;
    if (hot.size === 0) return NO_RUMORS;
    const { messageMaxBytes, rounds } = this.options;
    // In step, what a node learns in a cycle it tells in the next.
    const beforeMs = rounds === "synchronous" ? clock.cycleStartMs : Number.POSITIVE_INFINITY;
    const picked: HotRumor[] = [];
    let bytes = 0;
    hot.visitInTurn((rumor) => {
      if (rumor.learnedMs >= beforeMs || rumor.isGone) return "room";
      if (call !== NO_CALL && rumor.heardInCall === call) {
        this.counters.add("rumor.updatesSpared");
        return "room";
      }
      if (!isHeld(rumor)) {
        rumor.isGone = true;
        return "room";
      }
      const weight = this.isAnnounced(rumor) ? Math.min(NAME_BYTES, rumor.bytes) : rumor.bytes;
      if (picked.length > 0 && bytes + weight > messageMaxBytes) return "full";
      bytes += weight;
      picked.push(rumor);
      return "room";
    });
    return picked.length > 1 ? byReplica(picked) : picked;
  }

  /** What is told no more and still named: each in its turn, as many as there is room for. */
  pickNamed(): readonly HotRumor[] {
    const { messageMaxBytes } = this.options;
    const written = new Set<string>();
    const weightOnce = (text: string, bytes: number): number => (written.has(text) ? 0 : bytes);
    const picked: HotRumor[] = [];
    let bytes = 0;
    this.parts.cooled.visitInTurn((rumor) => {
      if (!isHeld(rumor)) return "room";
      const { dot, seat } = rumor;
      const { name } = seat.enrolled;
      const author = `${name} ${dot.origin}`;
      const namesBytes = weightOnce(name, name.length) + weightOnce(author, dot.origin.length);
      const weight = DOT_BYTES + namesBytes;
      if (picked.length > 0 && bytes + weight > messageMaxBytes) return "full";
      written.add(name).add(author);
      bytes += weight;
      picked.push(rumor);
      return "room";
    });
    return picked.length > 1 ? byReplica(picked) : picked;
  }

  /** Only the names: whoever lacks one may ask for it. */
  nameAll(rumors: readonly HotRumor[]): readonly Told[] {
    if (rumors.length === 0) return NOTHING;
    this.counters.add("rumor.named", rumors.length);
    return rumors.map((rumor) => this.tellOne(rumor, "announced"));
  }

  /** Whether it is told by name, and sent to who wants it. */
  isAnnounced({ bytes }: HotRumor): boolean {
    const { announceFromBytes, feedback, payloads } = this.options;
    return payloads === "announced" || (feedback === "feedback" && bytes > announceFromBytes);
  }

  /** The rumors as they travel: with their updates, or only by name. */
  tell(rumors: readonly HotRumor[]): readonly Told[] {
    if (rumors.length === 0) return NOTHING;
    return rumors.map((rumor) =>
      this.tellOne(rumor, this.isAnnounced(rumor) ? "announced" : "eager"),
    );
  }

  /** Messages for who wants these: as many in one as there is room for, a large one by itself. */
  portions(wanted: readonly HotRumor[]): readonly (readonly HotRumor[])[] {
    const { announceFromBytes, messageMaxBytes } = this.options;
    const large = wanted.filter(({ bytes }) => bytes > announceFromBytes);
    const portions: HotRumor[][] = [];
    let roomBytes = 0;
    for (const rumor of wanted) {
      if (rumor.bytes > announceFromBytes) continue;
      const last = portions.at(-1);
      if (last === undefined || rumor.bytes > roomBytes) {
        portions.push([rumor]);
        roomBytes = messageMaxBytes;
      } else last.push(rumor);
      roomBytes -= rumor.bytes;
    }
    return [...portions, ...large.map((rumor) => [rumor])];
  }

  /** With its update. */
  give(rumor: HotRumor): Told {
    return this.tellOne(rumor, "eager");
  }

  private tellOne(rumor: HotRumor, how: RumorOptions["payloads"]): Told {
    const { dot, seat } = rumor;
    rumor.isTold = true;
    const standing = this.parts.interest.standing(rumor);
    const replica = seat.enrolled.name;
    const hops = rumor.hops + 1;
    if (how === "announced") {
      seat.statistics.announcedSentCount += 1;
      return { replica, dot, update: undefined, standing, hops };
    }
    seat.statistics.sentCount += 1;
    seat.statistics.sentBytes += rumor.bytes;
    this.counters.add("rumor.updatesSent");
    return { replica, dot, update: seat.enrolled.replica.get(dot), standing, hops };
  }
}

/** False when something newer has taken its place in the replica. */
export function isHeld({ dot, seat }: HotRumor): boolean {
  return seat.enrolled.replica.get(dot) !== undefined;
}

/** Those of one replica side by side, as they travel. */
function byReplica(picked: readonly HotRumor[]): readonly HotRumor[] {
  const first = picked[0]?.seat;
  if (picked.every(({ seat }) => seat === first)) return picked;
  const seats = new Set(picked.map(({ seat }) => seat));
  return [...seats].flatMap((seat) => picked.filter((rumor) => rumor.seat === seat));
}
