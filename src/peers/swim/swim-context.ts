import type { StreamEnv } from "../../core/env.ts";
import type { Awareness } from "./awareness.ts";
import type { Graveyard } from "./roster/graveyard.ts";
import type { MemberTable } from "./roster/members.ts";
import type { EvidenceLog } from "./suspicion/evidence.ts";
import type { SuspectQueue } from "./suspicion/suspect-queue.ts";
import type {
  Evidence,
  Incarnations,
  MemberHealth,
  SwimCounters,
  SwimIdentity,
  SwimPassenger,
} from "./swim.contract.ts";
import type { SwimMessage } from "./swim.messages.ts";
import type { SwimOptions } from "./swim.options.ts";
import type { SwimTimer } from "./swim.timers.ts";
import type { Broadcasts } from "./telling/broadcasts.ts";
import type { News } from "./telling/news.ts";

/** What the parts of one SWIM share. Made once, by `Swim`; the parts hold it. */
export interface SwimContext {
  readonly env: StreamEnv<SwimMessage, SwimTimer>;
  readonly identity: SwimIdentity;
  readonly options: SwimOptions;
  readonly counters: SwimCounters;
  readonly passenger: SwimPassenger;
  readonly members: MemberTable;
  readonly awareness: Awareness;
  readonly evidence: EvidenceLog;
  readonly broadcasts: Broadcasts;
  readonly news: News;
  readonly graveyard: Graveyard;
  readonly suspectQueue: SuspectQueue;
  readonly health: MemberHealth;
  readonly incarnations: Incarnations;
}

/** Adds a link, now, to the chain of `name`. */
export function note(context: SwimContext, name: string, link: Omit<Evidence, "atMs">): void {
  context.evidence.add(name, { atMs: context.env.now(), ...link });
}

/** A first delay, uniform over the interval: nodes started together must not act together. */
export function firstDelayMs(context: SwimContext, intervalMs: number): number {
  return Math.floor(context.env.random.real() * intervalMs);
}
