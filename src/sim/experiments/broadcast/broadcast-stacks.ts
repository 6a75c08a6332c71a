/** The exchanges of a node in a town, mounted and metered. */
import type { Env } from "../../../core/env.ts";
import { resolveOptions } from "../../../core/options.ts";
import type { Protocol } from "../../../core/protocol.ts";
import type { AntiEntropyMessage } from "../../../exchange/anti-entropy/anti-entropy.messages.ts";
import {
  type AntiEntropyOptions,
  antiEntropyDefaults,
} from "../../../exchange/anti-entropy/anti-entropy.options.ts";
import { AntiEntropy, type AntiEntropyTimer } from "../../../exchange/anti-entropy/anti-entropy.ts";
import type { Enrolled } from "../../../exchange/enrolled.ts";
import type { PlumtreeTimer } from "../../../exchange/plumtree/plumtree.contract.ts";
import type { PlumtreeMessage } from "../../../exchange/plumtree/plumtree.messages.ts";
import {
  type PlumtreeOptions,
  plumtreeDefaults,
} from "../../../exchange/plumtree/plumtree.options.ts";
import { Plumtree } from "../../../exchange/plumtree/plumtree.ts";
import { boundedNeighbours } from "../../../peers/bounded-neighbours.ts";
import { metered } from "../metered.ts";
import type { Place } from "./broadcast-town.ts";

const counters = { add: (): void => {} };

/** Epidemic broadcast trees over so many of all peers. */
export function mountPlumtree(
  { everybody, history, host, meter }: Place,
  neighboursCount: number,
  given: Partial<PlumtreeOptions>,
): void {
  const peers = boundedNeighbours(everybody, { self: host.self, neighboursCount });
  const options = resolveOptions("plumtree", plumtreeDefaults, given);
  host.mountDirect("plumtree", (env: Env<PlumtreeMessage, PlumtreeTimer>) =>
    metered(env, meter, (door) => begun(new Plumtree(door, { peers, counters }, options), history)),
  );
}

export function mountAntiEntropy(
  { everybody: peers, history, host, meter }: Place,
  given: Partial<AntiEntropyOptions>,
): void {
  const options = { ...antiEntropyDefaults, ...given };
  host.mountDirect("antiEntropy", (env: Env<AntiEntropyMessage, AntiEntropyTimer>) =>
    metered(env, meter, (door) =>
      begun(new AntiEntropy(door, { peers, counters }, options), history),
    ),
  );
}

function begun<M, T, P extends Protocol<M, T> & { enrol(one: Enrolled): void }>(
  protocol: P,
  history: Enrolled,
): P {
  protocol.enrol(history);
  protocol.start();
  return protocol;
}
