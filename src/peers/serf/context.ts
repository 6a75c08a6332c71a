import type { Address } from "../../core/address.ts";
import type { Env } from "../../core/env.ts";
import type { Broadcasts } from "./broadcasts.ts";
import type { Members } from "./members.ts";
import type { SerfCodec, SerfCounters, SerfListener, SerfMembership } from "./serf.contract.ts";
import type { SerfMessage } from "./serf.messages.ts";
import type { SerfOptions } from "./serf.options.ts";
import type { SerfTimer } from "./serf.timers.ts";

export type SerfEnv = Env<SerfMessage, SerfTimer, Address>;

/** What the parts of Serf share. */
export interface SerfContext {
  readonly env: SerfEnv;
  readonly options: SerfOptions;
  readonly codec: SerfCodec;
  readonly membership: SerfMembership;
  readonly listener: SerfListener;
  readonly counters: SerfCounters;
  readonly members: Members;
  readonly broadcasts: Broadcasts;
}
