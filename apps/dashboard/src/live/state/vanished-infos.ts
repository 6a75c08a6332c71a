import type { InfoAnswer } from "../../../../../src/agent/admin.messages.ts";

/** How long what is gone stays to be seen. */
export const FADE_MS = 8_000;

export interface ShownInfo {
  readonly info: InfoAnswer;
  /** Set once it is there no more. */
  readonly gone?: { readonly how: "expired" | "deleted"; readonly at: number };
}

/** By key: what there is, and for a while what there was. */
export function withVanished(
  before: readonly ShownInfo[],
  infos: readonly InfoAnswer[],
  now: number,
): ShownInfo[] {
  const present = new Set(infos.map(({ key }) => key));
  const missing = before.filter(({ info }) => !present.has(info.key));
  const fading = missing.flatMap((one): ShownInfo[] => {
    const gone = one.gone ?? { how: howEnded(one.info, now), at: now };
    return now - gone.at < FADE_MS ? [{ info: one.info, gone }] : [];
  });
  const shown: ShownInfo[] = [...infos.map((info) => ({ info })), ...fading];
  return shown.sort((one, other) => (one.info.key < other.info.key ? -1 : 1));
}

function howEnded({ expiresAt }: InfoAnswer, now: number): "expired" | "deleted" {
  return expiresAt !== undefined && expiresAt <= now ? "expired" : "deleted";
}
