import type { PeerId } from "../../core/peer.ts";
import type { LogContext } from "./log-context.ts";

/** Peers asked in a cycle, members aside. [guess] */
const OTHERS_MAX_COUNT = 3;

/** Whom a member asks for a snapshot: all members, and some others, as the dice fall. */
export function snapshotSources({ env, order, view }: LogContext): PeerId[] {
  const { learners, voters } = order.members;
  const others: PeerId[] = [];
  const count = view.sample(env.random, OTHERS_MAX_COUNT, others);
  const all = [...env.random.shuffle([...voters, ...learners]), ...others.slice(0, count)];
  return [...new Set(all)].filter((peer) => peer !== env.self);
}
