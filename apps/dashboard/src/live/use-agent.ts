import { useEffect, useRef, useState } from "preact/hooks";
import type { Notice } from "../../../../src/agent/admin.messages.ts";
import { AgentError, ask, tokenCount, type Watch, wantsToken, watchAgent } from "./agent-api.ts";

export interface Polled<T> {
  readonly value: T | undefined;
  /** Of the last time it was asked; the value is then an older one. */
  readonly error: AgentError | undefined;
  readonly refresh: () => void;
}

const REWATCH_MS = 1_000;
/** What was not answered, or not asked because nobody saw it, does not wait for its turn. */
const RETRY_PAUSE_MS = 1_500;
/** What an agent was not started with does not come in a second. */
const ABSENT_PAUSE_MS = 30_000;
const absentCodes: readonly string[] = ["CONFIG_OPTION", "ADMIN_NOT_FOUND"];
/** Hundreds of events in a second are answered by one question, not each by its own. */
const REFRESH_PAUSE_MS = 250;

/** In ms; what costs an agent the more the more there is may be asked for the seldomer. */
export type Pace<T> = number | ((answer: T) => number);

/**
 * What the agent answers at `path`, asked again every `everyMs` while this is shown and the tab is
 * seen. Undefined: nothing is asked.
 */
export function usePolled<T>(path: string | undefined, everyMs: Pace<T>): Polled<T> {
  const [state, setState] = useState<Pick<Polled<T>, "value" | "error">>(nothing);
  const [askedCount, setAskedCount] = useState(0);
  const token = tokenCount.value;
  const shownPath = useRef(path);
  if (shownPath.current !== path) {
    shownPath.current = path;
    setState(nothing);
  }
  useEffect(() => {
    if (path === undefined) return;
    const controller = new AbortController();
    let timer = 0;
    const poll = async (): Promise<void> => {
      let pauseMs = RETRY_PAUSE_MS;
      if (!document.hidden && !wantsToken.peek()) {
        const answer = await answerOf<T>(path, controller.signal);
        if (controller.signal.aborted) return;
        if (answer.error === undefined) {
          pauseMs = typeof everyMs === "number" ? everyMs : everyMs(answer.value);
        }
        if (absentCodes.includes(answer.error?.code ?? "")) pauseMs = ABSENT_PAUSE_MS;
        setState((before) => (answer.error === undefined ? answer : { ...before, ...answer }));
      }
      timer = window.setTimeout(() => void poll(), pauseMs);
    };
    void poll();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, token, askedCount]);
  const refreshTimer = useRef(0);
  useEffect(() => () => clearTimeout(refreshTimer.current), []);
  const refresh = (): void => {
    if (refreshTimer.current !== 0) return;
    refreshTimer.current = window.setTimeout(() => {
      refreshTimer.current = 0;
      setAskedCount((count) => count + 1);
    }, REFRESH_PAUSE_MS);
  };
  return { ...state, refresh };
}

const nothing = { value: undefined, error: undefined };

async function answerOf<T>(
  path: string,
  signal: AbortSignal,
): Promise<{ value: T; error: undefined } | { error: AgentError }> {
  try {
    return { value: await ask<T>(path, { signal }), error: undefined };
  } catch (error) {
    return { error: asAgentError(error) };
  }
}

export function asAgentError(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  return new AgentError("UNREACHABLE", error instanceof Error ? error.message : String(error));
}

/** Notices of `/v1/watch` while this is shown; a stream that breaks goes on where it was. */
export function useWatch(
  query: string | undefined,
  onNotice: (notice: Notice) => void,
): "connecting" | "live" {
  const [standing, setStanding] = useState<"connecting" | "live">("connecting");
  const listener = useRef(onNotice);
  listener.current = onNotice;
  const token = tokenCount.value;
  useEffect(() => {
    if (query === undefined) return;
    const controller = new AbortController();
    const { signal } = controller;
    const tell = (notice: Notice): void => {
      if (notice.kind === "ready") setStanding("live");
      listener.current(notice);
    };
    const followed: Watch = { query, onNotice: tell };
    const watch = async (): Promise<void> => {
      while (!signal.aborted) {
        if (!wantsToken.peek()) await watchAgent(followed, signal).catch(() => {});
        if (signal.aborted) return;
        setStanding("connecting");
        await new Promise((resolve) => setTimeout(resolve, REWATCH_MS));
      }
    };
    void watch();
    return () => controller.abort();
  }, [query, token]);
  return standing;
}
