import { HearsayError } from "../../core/errors.ts";
import { ID_MAX_LENGTH } from "../../data/operation-log/admission.ts";
import { checkNames } from "../infos/checks.ts";
import { checkSignal, checkTimeout } from "../waits.ts";
import type { AppendOptions, AppliedOptions, ReadOptions } from "./operations.api.ts";

const APPEND_NAMES = ["after", "id", "submittedAt", "retry", "ack", "timeoutMs", "signal"];
const READ_NAMES = ["after", "waitMs", "timeoutMs", "signal"];
const APPLIED_NAMES = ["onReset", "queueMax", "onFull", "signal"];

/** @throws HearsayError CONFIG_OPTION */
export function checkAppend(options: AppendOptions): void {
  checkNames("append", options, APPEND_NAMES);
  checkTimeout(options.timeoutMs);
  checkSignal(options.signal);
  const { ack, id, retry, submittedAt } = options;
  checkOne("ack", ack, ["accepted", "applied", "majority"]);
  checkOne("retry", retry, ["may", "never"]);
  if (id !== undefined && !isId(id)) {
    const rule = `text of 1 … ${ID_MAX_LENGTH} characters`;
    throw new HearsayError("CONFIG_OPTION", `id is ${String(id)}, but must be ${rule}.`);
  }
  if (submittedAt === undefined || (Number.isSafeInteger(submittedAt) && submittedAt >= 0)) return;
  const rule = "whole milliseconds since the epoch";
  throw new HearsayError("CONFIG_OPTION", `submittedAt is ${submittedAt}, but must be ${rule}.`);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkRead(options: ReadOptions): void {
  checkNames("read", options, READ_NAMES);
  checkTimeout(options.timeoutMs);
  checkTimeout(options.waitMs);
  checkSignal(options.signal);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkApplied(options: AppliedOptions): void {
  checkNames("applied", options, APPLIED_NAMES);
}

/** @throws HearsayError CONFIG_OPTION */
export function checkOne(name: string, given: unknown, allowed: readonly string[]): void {
  if (given === undefined || (typeof given === "string" && allowed.includes(given))) return;
  const rule = `one of ${allowed.join(", ")}`;
  const shown = typeof given === "string" ? JSON.stringify(given) : typeof given;
  throw new HearsayError("CONFIG_OPTION", `${name} is ${shown}, but must be ${rule}.`);
}

function isId(id: unknown): boolean {
  const isText = typeof id === "string" && id !== "" && id.length <= ID_MAX_LENGTH;
  return isText && !/\p{Surrogate}/u.test(id);
}
