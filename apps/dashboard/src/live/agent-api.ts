import { signal } from "@preact/signals";
import type { ErrorAnswer, Notice } from "../../../../src/agent/admin.messages.ts";
import { EventStreamReader } from "./event-stream-reader.ts";

const TOKEN_KEY = "hearsay.token";
const REQUEST_TIMEOUT_MS = 15_000;

/** An answer of the agent that is no success, or none at all (`code` is then UNREACHABLE). */
export class AgentError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "AgentError";
    this.code = code;
  }
}

/** True while the agent wants a token that it was not shown. */
export const wantsToken = signal(false);

/** True when the last token that was shown is none of the agent's. */
export const isTokenRefused = signal(false);

/** Asked anew by everything that waits whenever it changes. */
export const tokenCount = signal(0);

/** Kept for this tab alone, and only until it is closed. */
export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
  wantsToken.value = false;
  isTokenRefused.value = false;
  tokenCount.value += 1;
}

/** @throws AgentError */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const signals = [AbortSignal.timeout(REQUEST_TIMEOUT_MS)];
  if (init.signal) signals.push(init.signal);
  const response = await reached(path, { ...init, signal: AbortSignal.any(signals) });
  // The agent that served this page gives it these shapes: admin.messages.ts.
  return (await response.json()) as T;
}

/** @throws AgentError */
export function tell<T>(method: "POST" | "PUT" | "DELETE", path: string, body: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  return ask<T>(path, { method, headers, body: JSON.stringify(body) });
}

/** A watch of an agent, and how far it has come: where it breaks, it goes on there. */
export interface Watch {
  readonly query: string;
  readonly onNotice: (notice: Notice) => void;
  lastId?: string | undefined;
}

/** Tells every notice of `/v1/watch` until `signal`. @throws AgentError when the stream is over. */
export async function watchAgent(watch: Watch, signal: AbortSignal): Promise<void> {
  const { lastId, query } = watch;
  const headers: Record<string, string> = lastId === undefined ? {} : { "last-event-id": lastId };
  const response = await reached(`v1/watch?${query}`, { headers, signal });
  const reader = new EventStreamReader();
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (chunks !== undefined) {
    const { done, value } = await chunks.read();
    if (done) break;
    for (const { data, id } of reader.push(value)) {
      if (id !== undefined) watch.lastId = id;
      watch.onNotice(JSON.parse(data) as Notice);
    }
  }
  throw new AgentError("UNREACHABLE", "The agent ended the stream.");
}

async function reached(path: string, init: RequestInit): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const shown = token === null ? {} : { authorization: `Bearer ${token}` };
  const headers = { ...shown, ...init.headers };
  const response = await fetch(path, { ...init, headers }).catch((error: unknown) => {
    if (init.signal?.aborted === true && !isTimeout(init.signal)) throw error;
    throw new AgentError("UNREACHABLE", "The agent does not answer. Is it still running?");
  });
  if (response.ok) return response;
  const answer = (await response.json().catch(() => undefined)) as ErrorAnswer | undefined;
  if (response.status === 401) refuse(token);
  throw new AgentError(answer?.code ?? "UNREACHABLE", answer?.message ?? response.statusText);
}

/** Nothing is asked with it again: each wrong token costs its client many requests. */
function refuse(token: string | null): void {
  // An answer that was under way while another token was given says nothing of that one.
  if (token !== sessionStorage.getItem(TOKEN_KEY)) return;
  if (token !== null) isTokenRefused.value = true;
  sessionStorage.removeItem(TOKEN_KEY);
  wantsToken.value = true;
}

function isTimeout(signal: AbortSignal): boolean {
  return signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
}
