import type { DotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import {
  type SessionGuarantee,
  type SessionState,
  sessionGuarantees,
} from "../../data/version-tree/session.ts";
import { decodeSession } from "../../data/version-tree/session-token.ts";
import { decodeContext } from "../../data/version-tree/version-context.ts";
import { checkNames } from "../infos/checks.ts";
import { checkTimeout } from "../waits.ts";
import type { VersionCallOptions, VersionWriteOptions } from "./versions.api.ts";

const NAME_MAX_LENGTH = 128;
const CALL_NAMES = ["waitMs", "pullMs"];
const WRITE_NAMES = [...CALL_NAMES, "context", "requestId"];
const REQUEST_MAX_LENGTH = 1_024;

/** Of a store; other nodes know it by it. @throws HearsayError CONFIG_OPTION */
export function checkStoreName(name: string): string {
  const isName = typeof name === "string" && name !== "" && name.length <= NAME_MAX_LENGTH;
  if (isName && !/[\p{Surrogate}\p{Cc}]/u.test(name)) return name;
  const rule = `text of 1 … ${NAME_MAX_LENGTH} characters, without control characters`;
  throw new HearsayError("CONFIG_OPTION", `the name of a store is ${rule}, not ${show(name)}.`);
}

/** Half a surrogate pair would arrive as another key. @throws HearsayError CONFIG_OPTION */
export function checkText(what: string, text: string): string {
  if (typeof text === "string" && text !== "" && !/\p{Surrogate}/u.test(text)) return text;
  throw new HearsayError("CONFIG_OPTION", `${what} is text, not ${show(text)}.`);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkCall(where: string, options: VersionCallOptions): VersionCallOptions {
  checkNames(where, options, CALL_NAMES);
  return checkedWaits(options);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkWrite(
  where: string,
  given: string | VersionWriteOptions,
): VersionWriteOptions {
  if (typeof given === "string") return { context: given };
  checkNames(where, given, WRITE_NAMES);
  const { requestId } = given;
  if (requestId !== undefined && checkText("requestId", requestId).length > REQUEST_MAX_LENGTH) {
    const rule = `of at most ${REQUEST_MAX_LENGTH} characters, not ${requestId.length}`;
    throw new HearsayError("CONFIG_OPTION", `requestId is text ${rule}.`);
  }
  return checkedWaits(given);
}

/** @throws HearsayError CONTEXT_INVALID */
export function checkContext(
  token: string | undefined,
  { key, maxBytes, store }: { readonly store: string; readonly key: string; maxBytes: number },
): DotSet | undefined {
  if (token === undefined) return undefined;
  const isText = typeof token === "string" && token.length <= maxBytes;
  const context = isText ? decodeContext(token, store, key) : undefined;
  if (context !== undefined) return context;
  const found = isText ? show(token) : kindOf(token);
  const rule = `none that was given out for ${show(key)} of ${store}, or was changed on its way`;
  const fix = "read the key, and write with that read's context";
  throw new HearsayError("CONTEXT_INVALID", `the context ${found} is ${rule}; ${fix}.`);
}

/** @throws HearsayError CONTEXT_INVALID */
export function checkSession(token: string, store: string, maxBytes: number): SessionState {
  const isText = typeof token === "string" && token.length <= maxBytes;
  const state = isText ? decodeSession(token, store) : undefined;
  if (state !== undefined) return state;
  const found = isText ? show(token) : kindOf(token);
  const rule = `none of a session of ${store}, or was changed on its way`;
  throw new HearsayError("CONTEXT_INVALID", `the token ${found} is ${rule}; begin a new session.`);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkGuarantees(given: readonly SessionGuarantee[]): readonly SessionGuarantee[] {
  const asked: readonly unknown[] = Array.isArray(given) ? given : [given];
  const chosen = sessionGuarantees.filter((one) => asked.includes(one));
  if (new Set(asked).size === chosen.length) return chosen;
  const rule = `a list of ${sessionGuarantees.join(", ")}`;
  throw new HearsayError("CONFIG_OPTION", `guarantees must be ${rule}.`);
}

function checkedWaits<Options extends VersionCallOptions>(options: Options): Options {
  checkTimeout(options.waitMs);
  checkTimeout(options.pullMs);
  return options;
}

function kindOf(token: unknown): string {
  return typeof token === "string" ? `of ${token.length} characters` : `that is a ${typeof token}`;
}

function show(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
