import type { Random } from "../../core/random.ts";
import { varintByteLength } from "../../core/varint.ts";
import { type Digest, STATES_MAX_COUNT, type StateFlow } from "./node-state.messages.ts";
import { digestHeadBytes, stateDigestBytes } from "./node-state.sizes.ts";
import type { StateCopy } from "./state-copy.ts";

export interface DigestWish {
  readonly extent: Digest["extent"];
  readonly maxBytes: number;
  readonly random: Random;
  readonly flow: StateFlow | undefined;
}

/**
 * How far these copies have come; of more than fit, a random part, which says that it is one.
 * [spec Scuttlebutt §2]
 */
export function digestOf(copies: Iterable<StateCopy>, wish: DigestWish): Digest {
  const flowPart = wish.flow === undefined ? {} : { flow: wish.flow };
  const all = [...copies].map((copy) => copy.digest());
  const head = digestHeadBytes({ states: [], extent: "part", ...flowPart });
  let leftBytes = wish.maxBytes - head - varintByteLength(all.length);
  const totalBytes = all.reduce((bytes, state) => bytes + stateDigestBytes(state), 0);
  if (totalBytes <= leftBytes && all.length <= STATES_MAX_COUNT) {
    return { states: all, extent: wish.extent, ...flowPart };
  }
  const chosen = wish.random.shuffle(all).slice(0, STATES_MAX_COUNT);
  const states = chosen.filter((state) => {
    const bytes = stateDigestBytes(state);
    if (bytes > leftBytes) return false;
    leftBytes -= bytes;
    return true;
  });
  return { states, extent: "part", ...flowPart };
}
