import { useRef } from "preact/hooks";
import type { OrderAnswer } from "../../../../../src/agent/routes/order.messages.ts";

/** Who led, from when on. */
export interface Reign {
  readonly term: number;
  readonly leader: string | undefined;
  readonly at: number;
}

const REIGNS_MAX_COUNT = 12;

/** Terms and leaders since the page was opened, as far as it has asked in time. */
export function useReigns({ leader, term }: OrderAnswer): readonly Reign[] {
  const reigns = useRef<readonly Reign[]>([]);
  const last = reigns.current.at(-1);
  if (last === undefined || last.term !== term || last.leader !== leader) {
    const next = { term, leader, at: Date.now() };
    reigns.current = [...reigns.current, next].slice(-REIGNS_MAX_COUNT);
  }
  return reigns.current;
}
