import { HearsayError } from "../core/errors.ts";
import { makeOrigin } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import type { OperationContext, Reducer } from "../node/operations/operations.api.ts";

/** Operations that came before a pair, at the most. */
const PAST_MAX_COUNT = 8;
const ROUNDS_COUNT = 1_000;

/** The reducer under test, and how its operations are drawn. */
export interface CommutativityOptions<State, Op> {
  readonly reducer: Reducer<State, Op>;
  readonly initial: State;
  /** An operation as it may occur; `random` gives the same ones for the same seed. */
  readonly operation: (random: Random) => Op;
  /** Which pairs may be concurrent. Default: all. */
  readonly mayMeet?: (one: Op, other: Op) => boolean;
  /** What makes two states the same to their readers. Default: their JSON, keys sorted. */
  readonly show?: (state: State) => string;
  /** Pairs that are tried. Default 1,000. */
  readonly roundsCount?: number;
  readonly seed?: number;
}

/** Two operations whose order matters, and where. */
export interface OrderConflict<State, Op> {
  /** What was executed before. */
  readonly past: readonly Op[];
  readonly pair: readonly [Op, Op];
  /** The states after one order and after the other. */
  readonly states: readonly [State, State];
}

/**
 * Looks for two operations that do not commute: in `order: "causal"`, nodes that execute them in
 * different orders would keep different states for ever. Random pairs are executed in both orders,
 * on states that random operations lead to. [spec operation transfer §10, class `causal`]
 *
 * Finding none proves nothing; finding one is a bug of the reducer, or calls for `order: "total"`.
 */
export function findOrderConflict<State, Op>(
  options: CommutativityOptions<State, Op>,
): OrderConflict<State, Op> | undefined {
  const { initial, mayMeet = () => true, operation, reducer } = options;
  const { roundsCount = ROUNDS_COUNT, seed = 1, show = shown } = options;
  const random = new Random(seed);
  for (let round = 0; round < roundsCount; round += 1) {
    const past = Array.from({ length: random.below(PAST_MAX_COUNT + 1) }, () => operation(random));
    const pair = [operation(random), operation(random)] as const;
    if (!mayMeet(...pair)) continue;
    const [first, second] = pair;
    const before = past.map((op, at) => contextual(op, "past", at + 1));
    const [one, other] = [contextual(first, "one", 1), contextual(second, "other", 1)];
    const run = (rest: readonly Contextual<Op>[]): State =>
      [...before, ...rest].reduce((state, { context, op }) => {
        return guarded(reducer, state, op, context);
      }, structuredClone(initial));
    const states = [run([one, other]), run([other, one])] as const;
    if (show(states[0]) !== show(states[1])) return { past, pair, states };
  }
  return undefined;
}

/** @throws HearsayError TEST_CLUSTER with the operations and both states */
export function assertCommutes<State, Op>(options: CommutativityOptions<State, Op>): void {
  const conflict = findOrderConflict(options);
  if (conflict === undefined) return;
  const { pair, past, states } = conflict;
  const [one, other] = pair.map(shown);
  const after = past.length === 0 ? "the initial state" : past.map(shown).join(", ");
  const detail =
    `after ${after}: ${one} then ${other} gives ${shown(states[0])}, but ` +
    `the other way round ${shown(states[1])}; let them commute, or use order: "total"`;
  throw new HearsayError("TEST_CLUSTER", detail);
}

interface Contextual<Op> {
  readonly op: Op;
  readonly context: OperationContext;
}

/** The same in both orders, as on all nodes. */
function contextual<Op>(op: Op, from: string, seq: number): Contextual<Op> {
  const dot = { origin: makeOrigin(from, 1), seq };
  return { op, context: { dot, from, clock: { ms: seq, counter: 0 }, id: "" } };
}

/** As on a node: what throws changes nothing. */
function guarded<State, Op>(
  reducer: Reducer<State, Op>,
  state: State,
  op: Op,
  context: OperationContext,
): State {
  try {
    return reducer(state, op, context);
  } catch {
    return state;
  }
}

/** JSON with sorted keys, and with maps and sets as their entries, sorted. */
function shown(value: unknown): string {
  const plain = (_: string, one: unknown): unknown => {
    if (one instanceof Map || one instanceof Set) return [...one].map(shown).sort();
    if (typeof one === "bigint") return `${one}n`;
    if (typeof one !== "object" || one === null || Array.isArray(one)) return one;
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return JSON.stringify(value, plain) ?? "undefined";
}
