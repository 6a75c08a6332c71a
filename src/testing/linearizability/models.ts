/** Objects whose histories are judged: registers, queues and lists to which things are appended. */
import type { SequentialModel } from "./history.ts";
import type { ValueTraffic } from "./settle-unanswered.ts";

/** What is asked of registers, each by its key. */
export type RegisterInput =
  | { readonly kind: "read"; readonly key: string }
  | { readonly kind: "write"; readonly key: string; readonly value: string }
  | {
      readonly kind: "swap";
      readonly key: string;
      readonly from: string;
      readonly to: string;
    };

/** What was found there; of a write nothing. A swap is done where it found what it should. */
export type RegisterOutput = string;

/** Registers that begin empty: read, write, and compare and swap. */
export const registerModel: SequentialModel<string, RegisterInput, RegisterOutput> = {
  initial: "",
  partOf: ({ key }) => key,
  isLook: (input, output) =>
    input.kind === "read" ||
    (input.kind === "swap" && output !== undefined && output !== input.from),
  keyOf: (state) => state,
  step(state, input, output) {
    switch (input.kind) {
      case "read":
        return output === undefined || output === state ? state : undefined;
      case "write":
        return input.value;
      case "swap":
        if (output !== undefined && output !== state) return undefined;
        return state === input.from ? input.to : state;
    }
  },
};

/** What each operation on a register would leave there, and what it saw there. */
export const registerTraffic: ValueTraffic<RegisterInput, RegisterOutput> = {
  leaves(input) {
    if (input.kind === "read") return undefined;
    return `${input.key} ${input.kind === "write" ? input.value : input.to}`;
  },
  took: (input) => (input.kind === "swap" ? input.from : ""),
  sees: (input, output) => (input.kind === "write" ? undefined : `${input.key} ${output}`),
};

/** What is asked of queues, each by its name. */
export type QueueInput =
  | { readonly kind: "enqueue"; readonly queue: string; readonly value: string }
  | { readonly kind: "dequeue"; readonly queue: string };

/** A first-in, first-out queue; of an empty one nothing is dequeued, which is told as "". */
export const queueModel: SequentialModel<readonly string[], QueueInput, string> = {
  initial: [],
  partOf: ({ queue }) => queue,
  isLook: (input, output) => input.kind === "dequeue" && output === "",
  keyOf: (state) => JSON.stringify(state),
  step(state, input, output) {
    if (input.kind === "enqueue") return [...state, input.value];
    const [first = "", ...rest] = state;
    return output === undefined || output === first ? rest : undefined;
  },
};

/** What is asked of lists, each by its name. */
export type ListInput =
  | { readonly kind: "append"; readonly list: string; readonly value: string }
  | { readonly kind: "read"; readonly list: string };

/** A list that only grows; a read gives all of it. */
export const listModel: SequentialModel<readonly string[], ListInput, readonly string[]> = {
  initial: [],
  partOf: ({ list }) => list,
  isLook: ({ kind }) => kind === "read",
  keyOf: (state) => JSON.stringify(state),
  step(state, input, output) {
    if (input.kind === "append") return [...state, input.value];
    const isSame = output === undefined || JSON.stringify(output) === JSON.stringify(state);
    return isSame ? state : undefined;
  },
};
