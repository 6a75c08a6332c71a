import { HearsayError } from "../../core/errors.ts";
import type { SubscribeOptions } from "../api.ts";
import type { PastPicture, TopicHistory } from "./topic-history.ts";

/** What a topic keeps, for a subscription that begins there. @throws HearsayError CONFIG_OPTION */
export function pastFor(
  { past, tag }: { readonly past: TopicHistory | undefined; readonly tag: string },
  { from = "now" }: SubscribeOptions,
): PastPicture | undefined {
  if (from === "now") return undefined;
  const topic = `topic ${JSON.stringify(tag)}`;
  if (from !== "start") {
    const detail = `${topic}: from is "now" or "start", not ${String(from)}.`;
    throw new HearsayError("CONFIG_OPTION", detail);
  }
  const picture = past?.picture();
  if (picture !== undefined) return picture;
  const fix = "open it with history: {} to keep its past";
  throw new HearsayError("CONFIG_OPTION", `${topic} has no start to read from; ${fix}.`);
}
