import type { Cause } from "../api.ts";
import type { CausalFrontier } from "./causal-frontier.ts";
import { CAUSAL_CODEC, encodeCausalValue } from "./causal-value.ts";

/** A value on its way out, and what it is said to come after. */
export interface SaidValue {
  readonly codec: number;
  readonly payload: Uint8Array;
  readonly after: readonly Cause[];
}

export interface SayingTopic {
  readonly tag: string;
  /** Of what is written: that of the topic's values, or of what is put around them. */
  readonly codec: number;
  /** Absent where messages do not say what they come after. */
  readonly frontier: CausalFrontier | undefined;
}

/** What is said now, with what it comes after. */
export function saidValue({ codec, frontier, tag }: SayingTopic, payload: Uint8Array): SaidValue {
  if (frontier === undefined) return { codec, payload, after: [] };
  const after = frontier.causes(tag);
  const said = encodeCausalValue(tag, after, { codec, payload });
  return { codec: CAUSAL_CODEC, payload: said, after };
}
