/** What `/v1/monitor` answers; part of the admin API as admin.messages.ts is. */
import type { MonitoredMember, MonitorSnapshot, SensorAggregate } from "../../node/api.ts";

/** Numbers beyond all bounds, such as quantiles above the last bucket, are null. */
type Plain<T> = T extends number
  ? number | null
  : T extends readonly (infer One)[]
    ? readonly Plain<One>[]
    : T extends object
      ? { readonly [K in keyof T]: Plain<T[K]> }
      : T;

export type MonitorAnswer = Plain<MonitorSnapshot>;
export type MonitoredMemberAnswer = Plain<MonitoredMember>;
export type SensorAggregateAnswer = Plain<SensorAggregate>;
