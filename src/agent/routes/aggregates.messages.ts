/** What `/v1/aggregates` answers; part of the admin API as admin.messages.ts is. */

/** Numbers that JSON cannot say are null: an error bound of which nothing is known. */
export interface EstimateAnswer {
  readonly value: number | null;
  readonly errorBound: number | null;
  readonly ageMs: number;
  readonly epoch: number;
  readonly rounds: number;
  readonly stale: boolean;
}

/** `GET /v1/aggregates/:name`. */
export interface AggregateAnswer {
  readonly name: string;
  readonly kind: "number" | "custom";
  /** The agent's own value; null: it has none. */
  readonly own: number | null;
  /** By statistic: average, variance, sum, count, min, max, p50 …; absent what is not known. */
  readonly estimates: Readonly<Record<string, EstimateAnswer>>;
  readonly top: readonly {
    readonly item: string;
    readonly atLeast: number;
    readonly atMost: number;
    readonly certain: boolean;
  }[];
}

/** `GET /v1/aggregates`, by name. */
export interface AggregatesAnswer {
  readonly aggregates: readonly AggregateAnswer[];
}
