import { describe, expect, it } from "vitest";
import { Random } from "../../core/random.ts";
import { checkLinearizable } from "./check-linearizable.ts";
import { historyLines, type Operation, type SequentialModel } from "./history.ts";
import {
  listModel,
  type QueueInput,
  queueModel,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
  registerTraffic,
} from "./models.ts";
import { settleUnanswered } from "./settle-unanswered.ts";

const NEVER = Number.POSITIVE_INFINITY;

type Told<I, O> = readonly [process: string, call: number, end: number, input: I, output?: O];

function historyOf<I, O>(...told: readonly Told<I, O>[]): Operation<I, O>[] {
  return told.map(([process, callMs, returnMs, input, output]) => {
    return { process, callMs, returnMs, input, output };
  });
}

const enqueue = (value: string): QueueInput => ({ kind: "enqueue", queue: "q", value });
const dequeue: QueueInput = { kind: "dequeue", queue: "q" };
const read: RegisterInput = { kind: "read", key: "r" };
const write = (value: string): RegisterInput => ({ kind: "write", key: "r", value });

describe("queues of Herlihy and Wing 1990, Figure 1", () => {
  it("(a) is linearizable: two enqueues overlap, so either may be first", () => {
    const history = historyOf<QueueInput, string>(
      ["A", 0, 3, enqueue("x"), ""],
      ["B", 1, 2, enqueue("y"), ""],
      ["B", 4, 5, dequeue, "x"],
      ["A", 6, 8, dequeue, "y"],
      ["A", 9, 10, enqueue("z"), ""],
    );
    expect(checkLinearizable(queueModel, history).kind).toBe("linearizable");
  });

  it("(b) is not: x was enqueued before y, and y came out first", () => {
    const history = historyOf<QueueInput, string>(
      ["A", 0, 1, enqueue("x"), ""],
      ["B", 2, 3, enqueue("y"), ""],
      ["A", 4, 5, dequeue, "y"],
    );
    const verdict = checkLinearizable(queueModel, history);
    expect(verdict).toMatchObject({ kind: "violated", part: "q", operationsCount: 3 });
  });

  it("(c) is: what has not returned yet has taken effect", () => {
    const history = historyOf<QueueInput, string>(
      ["A", 0, NEVER, enqueue("x")],
      ["B", 1, 2, dequeue, "x"],
    );
    expect(checkLinearizable(queueModel, history).kind).toBe("linearizable");
  });

  it("(d) is not: y was enqueued once and came out twice", () => {
    const history = historyOf<QueueInput, string>(
      ["A", 0, 3, enqueue("x"), ""],
      ["B", 1, 2, enqueue("y"), ""],
      ["A", 4, 6, dequeue, "y"],
      ["C", 5, 7, dequeue, "y"],
    );
    expect(checkLinearizable(queueModel, history).kind).toBe("violated");
  });
});

describe("registers", () => {
  it("a read that overlaps a write may see either (Porcupine's first example)", () => {
    const history = (seen: string) =>
      historyOf<RegisterInput, RegisterOutput>(
        ["0", 0, 100, write("100"), ""],
        ["1", 25, 75, read, "100"],
        ["2", 30, 60, read, seen],
      );
    expect(checkLinearizable(registerModel, history("")).kind).toBe("linearizable");
  });

  it("once it was read, the old value is gone (Porcupine's second example)", () => {
    const history = historyOf<RegisterInput, RegisterOutput>(
      ["0", 0, 100, write("200"), ""],
      ["1", 10, 30, read, "200"],
      ["2", 40, 90, read, ""],
    );
    expect(checkLinearizable(registerModel, history).kind).toBe("violated");
  });

  it("a write without an answer may take effect late, or never, but not be undone", () => {
    const seen = (...values: string[]) =>
      historyOf<RegisterInput, RegisterOutput>(
        ["0", 0, NEVER, write("a")],
        ...values.map((value, at) => ["1", 10 * at + 1, 10 * at + 2, read, value] as const),
      );
    expect(checkLinearizable(registerModel, seen("", "")).kind).toBe("linearizable");
    expect(checkLinearizable(registerModel, seen("", "a", "a")).kind).toBe("linearizable");
    expect(checkLinearizable(registerModel, seen("a", "")).kind).toBe("violated");
  });

  it("keys are judged apart, and the one that is wrong is named", () => {
    const on = (key: string, value: string, at: number) =>
      historyOf<RegisterInput, RegisterOutput>(
        ["0", at, at + 1, { kind: "write", key, value }, ""],
        ["0", at + 2, at + 3, { kind: "read", key }, value === "lost" ? "" : value],
      );
    const history = [...on("a", "kept", 0), ...on("b", "lost", 1)];
    expect(checkLinearizable(registerModel, history)).toMatchObject({ part: "b" });
  });

  it("a list shows what an append to it was worth", () => {
    const append = (value: string) => ({ kind: "append", list: "l", value }) as const;
    const history = [
      { process: "0", callMs: 0, returnMs: 9, input: append("a"), output: [] },
      { process: "1", callMs: 1, returnMs: 8, input: append("b"), output: [] },
    ];
    const seen = (output: string[], callMs: number) =>
      ({
        process: "2",
        callMs,
        returnMs: callMs + 1,
        input: { kind: "read", list: "l" },
        output,
      }) as const;
    const good = [...history, seen(["b"], 3), seen(["b", "a"], 10)];
    expect(checkLinearizable(listModel, good).kind).toBe("linearizable");
    const bad = [...history, seen(["b"], 3), seen(["a", "b"], 10)];
    expect(checkLinearizable(listModel, bad).kind).toBe("violated");
  });
});

describe("the search", () => {
  it("says the same as trying every order, for small histories at random", () => {
    const random = new Random(7);
    const found = { linearizable: 0, violated: 0 };
    for (let round = 0; round < 1_500; round += 1) {
      const history = randomHistory(random);
      const { kind } = checkLinearizable(registerModel, history);
      const wanted = isExplained(registerModel, history) ? "linearizable" : "violated";
      expect(kind, historyLines(history)).toBe(wanted);
      found[wanted] += 1;
    }
    expect(Math.min(found.linearizable, found.violated)).toBeGreaterThan(200);
  });

  it("says the same of what is settled beforehand, where values are written once", () => {
    const random = new Random(9);
    const found = { linearizable: 0, violated: 0, unknown: 0 };
    for (let round = 0; round < 3_000; round += 1) {
      const history = randomHistory(random).map((one, at): typeof one => {
        const isSwap = one.input.kind === "write" && random.chance(0.3);
        const swap = {
          kind: "swap",
          key: "r",
          from: String(random.below(5)),
          to: String(at),
        } as const;
        const input = isSwap ? swap : one.input.kind === "write" ? write(String(at)) : read;
        if (one.output === undefined) return { ...one, input };
        return { ...one, input, output: input.kind === "write" ? "" : String(random.below(5)) };
      });
      const { kind } = checkLinearizable(registerModel, history);
      const settled = settleUnanswered(registerTraffic, history);
      expect(checkLinearizable(registerModel, settled).kind, historyLines(history)).toBe(kind);
      found[kind] += 1;
    }
    expect(Math.min(found.linearizable, found.violated)).toBeGreaterThan(200);
  });

  it("takes thousands of operations of a few clients", () => {
    const random = new Random(8);
    const history: Operation<RegisterInput, RegisterOutput>[] = [];
    let value = "";
    for (let at = 0; at < 3_000; at += 1) {
      const isRead = random.chance(0.5);
      if (!isRead) value = String(at);
      const span = { callMs: at - random.real() * 4, returnMs: at + random.real() * 4 };
      const what = isRead ? { input: read, output: value } : { input: write(value), output: "" };
      history.push({ process: String(at % 5), ...span, ...what });
    }
    expect(checkLinearizable(registerModel, history).kind).toBe("linearizable");
  });

  it("gives up where it would take too long", () => {
    const all = Array.from({ length: 12 }, (_, at) => ["p", 0, 9, write(String(at)), ""] as const);
    const history = historyOf<RegisterInput, RegisterOutput>(...all, ["r", 10, 11, read, "none"]);
    expect(checkLinearizable(registerModel, history, 100)).toEqual({ kind: "unknown", part: "r" });
  });

  it("exports a line for each operation", () => {
    const history = historyOf<RegisterInput, RegisterOutput>(
      ["0", 0, NEVER, write("a")],
      ["1", 1, 2, read, "a"],
    );
    expect(historyLines(history)).toBe(
      '{"process":"0","call":0,"return":null,"input":{"kind":"write","key":"r","value":"a"}}\n' +
        '{"process":"1","call":1,"return":2,"input":{"kind":"read","key":"r"},"output":"a"}\n',
    );
  });
});

function randomHistory(random: Random): Operation<RegisterInput, RegisterOutput>[] {
  return Array.from({ length: 1 + random.below(5) }, (_, at) => {
    const callMs = random.below(8);
    const returnMs = random.chance(0.15) ? NEVER : callMs + 1 + random.below(4);
    const value = String(random.below(3) || "");
    const input = random.chance(0.5) ? read : write(value);
    const output = returnMs === NEVER ? undefined : input.kind === "read" ? value : "";
    return { process: String(at), callMs, returnMs, input, output };
  });
}

/** By the definition: some order of all that returned, and of some that did not. */
function isExplained<S, I, O>(
  model: SequentialModel<S, I, O>,
  left: readonly Operation<I, O>[],
  state: S = model.initial,
): boolean {
  if (left.every(({ returnMs }) => returnMs === NEVER)) return true;
  return left.some((one, at) => {
    const isFirst = left.every((other) => other === one || other.returnMs >= one.callMs);
    const after = isFirst ? model.step(state, one.input, one.output) : undefined;
    if (after === undefined) return false;
    return isExplained(model, left.toSpliced(at, 1), after);
  });
}
