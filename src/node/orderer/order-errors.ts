import { HearsayError } from "../../core/errors.ts";
import type { OrdererRefusal, OrderOutcome } from "../../core/orderer.ts";

const reasons: Readonly<Record<OrdererRefusal, string>> = {
  noLeader: "nobody leads that this node knows of; are a majority of the voters there?",
  notLeader: "the leader has just changed; try again",
  full: "as much is under way as the order allows; try again when some of it is done",
  transferring: "the leader hands over its office; try again in a second",
  busy: "another change of members is under way, or none may be yet; try again in a second",
  absurd: "that change makes no sense as the members are: see node.order.members()",
  tooLarge: "it is larger than a command may be",
  superseded: "a new leader's command has taken its place; it may be tried again",
  stopped: "this node's part of the order has stopped",
};

/** `what` begins the sentence: "the promotion of p4". */
export function refusedError(what: string, reason: OrdererRefusal): HearsayError {
  return new HearsayError("ORDER_REFUSED", `${what} was refused: ${reasons[reason]} (${reason})`);
}

/** Of an outcome that is no success; undefined of one. */
export function outcomeError(what: string, outcome: OrderOutcome): HearsayError | undefined {
  if (outcome.kind === "refused") return refusedError(what, outcome.reason);
  if (outcome.kind !== "uncertain") return undefined;
  const detail = `no answer came to ${what}: it may have taken effect, or may yet`;
  return new HearsayError("ORDER_UNCERTAIN", detail);
}

/**
 * Of what was asked of the order when the node ended: others may yet order it, so NODE_STOPPED,
 * which says that it certainly was not, will not do.
 */
export function endedError(what: string, error: unknown): unknown {
  if (!(error instanceof HearsayError) || error.code !== "NODE_STOPPED") return error;
  const detail = `the node ended before ${what} was answered: it may have taken effect, or may yet`;
  return new HearsayError("ORDER_UNCERTAIN", detail, { cause: error });
}

/** Whose part of the order is lost, and by which engine it was kept. */
export interface LostOrder {
  readonly engine: string;
  readonly name: string;
  readonly group: string;
}

/** With Raft: this node was a voter, and its disk is another one now. Else the engine said why. */
export function stateLostError({ engine, group, name }: LostOrder): HearsayError {
  if (engine !== "raft") {
    const what = `what ${engine} holds of the order "${group}" is not what it was before`;
    return new HearsayError("ORDER_LOST", `${what}; the log of ${name} says why.`);
  }
  const why = `${name} is a voter of the living group "${group}", and this disk is not the one`;
  const fix = `node.order.remove("${name}") on another node lets it come back as a learner`;
  return new HearsayError("RAFT_STATE_LOST", `${why} that it voted with; ${fix}.`);
}

/** Of faces that need an order on a node without one. */
export function noOrderError(what: string, otherwise = ""): HearsayError {
  const start =
    'start it with orderer: raft({ voters: ["p1", "p2", "p3"] }), on all its nodes alike';
  const fix = `${start}${otherwise}`;
  return new HearsayError(
    "CONFIG_OPTION",
    `${what} needs an order, and this node has none; ${fix}.`,
  );
}
