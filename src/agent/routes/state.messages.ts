/** What `/v1/state` answers; part of the admin API as admin.messages.ts is. */

/** `GET /v1/state/:member/:key`. */
export interface StateAnswer {
  readonly member: string;
  readonly key: string;
  /** JSON with the signs of `json-value.ts` for what JSON cannot say. */
  readonly value: unknown;
  readonly dot: { readonly origin: string; readonly seq: number };
  /** Wall-clock milliseconds, of the agent's own state; absent for what does not end. */
  readonly expiresAt?: number;
}

/** `GET /v1/state?member=…&pattern=…`, by member, then key. */
export interface StatesAnswer {
  readonly states: readonly StateAnswer[];
}
