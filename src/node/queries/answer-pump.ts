import { HearsayError } from "../../core/errors.ts";
import { isThenable } from "../call-listener.ts";
import { errorText } from "../error-text.ts";
import type { NodeQuery } from "./node-query.ts";
import type { QueryContext } from "./queries.api.ts";
import type { EndReason, WrittenValue } from "./query.messages.ts";

/** Where the answers of one query go. */
export interface AnswerSink {
  /** Resolves when another may be given; false when nobody wants it. */
  give(answer: WrittenValue): Promise<boolean> | boolean;
  /** The only one. */
  giveLast(answer: WrittenValue): void;
  end(reason: EndReason, detail: string): void;
  onCallbackError(error: unknown): void;
}

/** Runs the user's code for one question. Never throws. */
export function pumpAnswers(
  query: NodeQuery,
  value: unknown,
  context: QueryContext,
  sink: AnswerSink,
): void {
  const { handler } = query;
  if (handler === undefined) return sink.end("noAnswerer", noAnswerer(query.name));
  try {
    const result = handler(value, context);
    if (isStream(result)) void pump(query, result, sink);
    else if (isThenable(result)) {
      result.then(
        (given) => giveOne(query, given, sink),
        (error: unknown) => sink.end("failed", errorText(error)),
      );
    } else giveOne(query, result, sink);
  } catch (error) {
    sink.end("failed", errorText(error));
  }
}

export function noAnswerer(name: string): string {
  return `nobody answers ${JSON.stringify(name)} here`;
}

async function pump(
  query: NodeQuery,
  stream: AsyncIterable<unknown>,
  sink: AnswerSink,
): Promise<void> {
  try {
    for await (const value of stream) {
      const written = write(query, value, sink);
      if (written === undefined || !(await sink.give(written))) return;
    }
    sink.end("done", "");
  } catch (error) {
    sink.end("failed", errorText(error));
  }
}

function giveOne(query: NodeQuery, value: unknown, sink: AnswerSink): void {
  const written = write(query, value, sink);
  if (written !== undefined) sink.giveLast(written);
}

function write(query: NodeQuery, value: unknown, sink: AnswerSink): WrittenValue | undefined {
  try {
    return query.writeAnswer(value);
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error;
    sink.onCallbackError(error);
    sink.end("badAnswer", error.message);
    return undefined;
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}
