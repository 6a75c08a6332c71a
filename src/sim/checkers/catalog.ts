import type { OptionDefaults } from "../../core/options.ts";
import type { Checker, World } from "./checker.ts";
import { Convergence, convergenceDefaults } from "./convergence.ts";
import { Detection, detectionDefaults } from "./detection.ts";
import { FalsePositives, falsePositivesDefaults } from "./false-positives.ts";
import { Ghosts, ghostsDefaults } from "./ghosts.ts";
import { Healing, healingDefaults } from "./healing.ts";
import { Incarnations, incarnationsDefaults } from "./incarnations.ts";
import { Load, loadDefaults } from "./load.ts";
import { Rumors, rumorsDefaults } from "./rumors.ts";

/** A kind of checker: one line of the catalog. */
interface CheckerKind<Defaults> {
  /** What it holds the protocols to, in one line. */
  readonly summary: string;
  readonly defaults: Defaults;
  /**
   * What it asks for under any faults at all, as a swarm draws them; undefined: nothing, for then
   * it depends on how bad it gets.
   */
  readonly always: { readonly [Name in keyof Defaults]?: number } | undefined;
  make(world: World, options: { readonly [Name in keyof Defaults]: number }): Checker;
}

function kind<const Defaults extends OptionDefaults>(
  one: CheckerKind<Defaults>,
): CheckerKind<Defaults> {
  return one;
}

/** Every checker. Adding one is a file and a line here: scenarios name it by its key. */
export const checkerCatalog = {
  falsePositives: kind({
    summary: "no healthy member is declared dead",
    defaults: falsePositivesDefaults,
    always: undefined,
    make: (world, options) => new FalsePositives(world, options),
  }),
  detection: kind({
    summary: "every crash is known to all in time",
    defaults: detectionDefaults,
    always: undefined,
    make: (world, options) => new Detection(world, options),
  }),
  convergence: kind({
    summary: "at the end all agree on who is there, and at which incarnation",
    defaults: convergenceDefaults,
    always: {},
    make: (world, options) => new Convergence(world, options),
  }),
  healing: kind({
    summary: "once all faults have ended, all agree again in time",
    defaults: healingDefaults,
    always: {},
    make: (world, options) => new Healing(world, options),
  }),
  ghosts: kind({
    summary: "who is gone stays gone, and takes no memory for ever",
    defaults: ghostsDefaults,
    always: {},
    make: (world, options) => new Ghosts(world, options),
  }),
  rumors: kind({
    summary: "every rumour reaches all, once, and none that nobody published",
    defaults: rumorsDefaults,
    always: { reachRatio: 0 },
    make: (world, options) => new Rumors(world, options),
  }),
  load: kind({
    summary: "packets and bytes per node and second stay within bounds",
    defaults: loadDefaults,
    always: undefined,
    make: (world, options) => new Load(world, options),
  }),
  incarnations: kind({
    summary: "incarnations never fall, and only the member itself raises its own",
    defaults: incarnationsDefaults,
    always: {},
    make: (world, options) => new Incarnations(world, options),
  }),
} as const;

export type CheckerName = keyof typeof checkerCatalog;
