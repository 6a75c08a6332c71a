/** Objects whose histories are judged: registers, queues and lists to which things are appended. */
import type { SequentialModel } from "./history.ts";

export type RegisterInput =
  | { readonly kind: "read"; readonly key: string }
  | { readonly kind: "write"; readonly key: string; readonly value: string }
  | {
      readonly kind: "swap";
      readonly key: string;
      readonly from: string;
      readonly to: string;
    };

/** What was read; of a swap whether it was done; of a write nothing. */
export type RegisterOutput = string | "done" | "not done" | "";

/** Registers that begin empty: read, write, and compare and swap. */
export const registerModel: SequentialModel<string, RegisterInput, RegisterOutput> = {
  initial: "",
  partOf: ({ key }) => key,
  keyOf: (state) => state,
  step(state, input, output) {
    switch (input.kind) {
      case "read":
        return output === undefined || output === state ? state : undefined;
      case "write":
        return input.value;
      case "swap": {
        const isDone = state === input.from;
        if (output !== undefined && (output === "done") !== isDone) return undefined;
        return isDone ? input.to : state;
      }
    }
  },
};

export type QueueInput =
  | { readonly kind: "enqueue"; readonly queue: string; readonly value: string }
  | { readonly kind: "dequeue"; readonly queue: string };

/** A first-in, first-out queue; of an empty one nothing is dequeued, which is told as "". */
export const queueModel: SequentialModel<readonly string[], QueueInput, string> = {
  initial: [],
  partOf: ({ queue }) => queue,
  keyOf: (state) => JSON.stringify(state),
  step(state, input, output) {
    if (input.kind === "enqueue") return [...state, input.value];
    const [first = "", ...rest] = state;
    return output === undefined || output === first ? rest : undefined;
  },
};

export type ListInput =
  | { readonly kind: "append"; readonly list: string; readonly value: string }
  | { readonly kind: "read"; readonly list: string };

/** A list that only grows; a read gives all of it. */
export const listModel: SequentialModel<readonly string[], ListInput, readonly string[]> = {
  initial: [],
  partOf: ({ list }) => list,
  keyOf: (state) => JSON.stringify(state),
  step(state, input, output) {
    if (input.kind === "append") return [...state, input.value];
    const isSame = output === undefined || JSON.stringify(output) === JSON.stringify(state);
    return isSame ? state : undefined;
  },
};
