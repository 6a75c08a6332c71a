import { type GivenOptions, type OptionsOf, resolveOptions } from "../../core/options.ts";

/** A thread of its own for packets, which answers for this node while its main thread is busy. */
export const responderDefaults = {
  /**
   * A packet that the main thread has not taken for so long is answered, if it can be.
   * [because: a quarter of the shortest probe timeout of a profile]
   */
  answerAfterMs: 50,
  /**
   * How long a main thread may stand still: then nobody answers any more, and others find the node
   * dead. [because: a program that loops for ever is dead, whatever its threads say]
   */
  busyMaxMs: 60_000,
  /** How often the main thread says that it turns, and is looked at. [guess] */
  beatIntervalMs: 100,
  /** Packets given to the main thread that it has not taken yet. [guess] */
  windowCount: 512,
  /** Packets that wait for it beside those; the oldest makes room, counted. [guess] */
  backlogMaxCount: 4_096,
  /** Bytes of either of them, and of what waits to be sent. [guess] */
  backlogMaxBytes: 4 * 1024 * 1024,
  /** Members that hear a refutation, or that this node is degraded. [because: as degraded] */
  peersMaxCount: 256,
  /** Longest wait for the thread to begin, and for its end. [guess] */
  threadMaxMs: 10_000,
} as const;

export type ResponderOptions = OptionsOf<typeof responderDefaults>;

function responderProblem(options: ResponderOptions): string | undefined {
  const { beatIntervalMs, busyMaxMs, windowCount } = options;
  if (beatIntervalMs < 1) return "beatIntervalMs must be 1 or more.";
  if (windowCount < 1) return "windowCount must be 1 or more, or the main thread hears nothing.";
  if (busyMaxMs <= beatIntervalMs) {
    return "busyMaxMs must be above beatIntervalMs, or no node ever counts as turning.";
  }
  return undefined;
}

/** @throws HearsayError CONFIG_OPTION */
export function responderOptions(
  given: GivenOptions<typeof responderDefaults> = {},
): ResponderOptions {
  return resolveOptions("responder", responderDefaults, given, responderProblem);
}
