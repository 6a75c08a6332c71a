import { AdversaryTown, type StackName } from "../../adversaries/adversary-town.ts";
import type { Budgets } from "../../adversaries/budget-options.ts";
import type { Role } from "../../adversaries/role.ts";

/** Until the overlay has formed. */
const FORM_MS = 5_000;
/** After the last update, for stragglers. */
const DRAIN_MS = 5_000;

export interface Assault {
  readonly seed: number;
  readonly nodesCount: number;
  readonly adversaryRatio: number;
  /** How long it lasts, and how many updates honest nodes publish meanwhile. */
  readonly attackMs: number;
  readonly publicationsCount: number;
  readonly stack: StackName;
  readonly budgets: Budgets;
  readonly role: Role;
}

/** What it meant for the honest. */
export interface Reach {
  /** Of all pairs of an honest update and an honest node, those that came together. */
  readonly delivered: number;
  /** Honest nodes that got less than half of the honest updates. */
  readonly isolated: number;
}

export interface Toll extends Reach {
  /** Updates that an honest node took in as news in a second, and that it sent. */
  readonly taken: number;
  readonly sent: number;
  readonly town: AdversaryTown;
}

/** A town forms; then the adversaries act while the honest publish. */
export function suffer(assault: Assault): Toll {
  const town = besieged(assault);
  const { attackMs, publicationsCount } = assault;
  town.attack(attackMs);
  town.publish(publicationsCount, attackMs);
  const { sent, taken } = town.takeRates(town.honest, attackMs);
  town.simulator.runForMs(DRAIN_MS);
  return { ...reachOf(town, 0, town.honest), taken, sent, town };
}

/** A town that has formed, and in which nothing has happened yet. */
export function besieged({ adversaryRatio, nodesCount, ...rest }: Assault): AdversaryTown {
  const adversariesCount = Math.round(adversaryRatio * nodesCount);
  const town = new AdversaryTown({ ...rest, nodesCount, adversariesCount });
  town.simulator.runForMs(FORM_MS);
  return town;
}

/** How far updates come that are published now, evenly over the time of the assault. */
export function reachNow(town: AdversaryTown, assault: Assault): Reach {
  const first = town.publishedCount;
  town.publish(assault.publicationsCount, assault.attackMs);
  town.simulator.runForMs(DRAIN_MS);
  return reachOf(town, first, town.living());
}

export function reachOf(town: AdversaryTown, first: number, nodes: readonly number[]): Reach {
  const shares = town.shares(first, nodes);
  return { delivered: meanOf(shares), isolated: shares.filter((share) => share < 0.5).length };
}

/** 0 of none. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

export const stacks = ["rumor", "plumtree"] as const;
export const budgetSettings = ["off", "on"] as const;

/** What a value of this combination is called. */
export function labelled(stack: StackName, budgets: Budgets, what: string): string {
  return `${stack}, budgets ${budgets}: ${what}`;
}
