import type { Rumor } from "../../exchange/broadcast/broadcast.messages.ts";
import type { MembershipChange } from "../../node/stack/stack.contract.ts";
import { type CheckerName, checkerCatalog } from "../checkers/catalog.ts";
import type { Checker, World } from "../checkers/checker.ts";
import { checkerNames } from "./read-scenario.ts";
import type { CheckerReport } from "./report.ts";
import type { Scenario } from "./scenario.ts";

/** The checkers of a scenario, ready for a run. */
export function panelOf(scenario: Scenario, world: World): CheckerPanel {
  const checkers = checkerNames.flatMap((name) => {
    const options = scenario.checkers[name];
    return options === undefined ? [] : [{ name, checker: makeChecker(name, world, options) }];
  });
  return new CheckerPanel(checkers);
}

function makeChecker(
  name: CheckerName,
  world: World,
  options: Readonly<Record<string, number>>,
): Checker {
  // Each kind's options were resolved by its own defaults; here they are only numbers by name.
  const kind: { make(world: World, options: object): Checker } = checkerCatalog[name];
  return kind.make(world, options);
}

interface Seat {
  readonly name: CheckerName;
  readonly checker: Checker;
}

/** Tells all checkers of a run what happens, from when the cluster has formed. */
export class CheckerPanel {
  private readonly seats: readonly Seat[];
  private hasBegun = false;

  constructor(seats: readonly Seat[]) {
    this.seats = seats;
  }

  onStart(): void {
    this.hasBegun = true;
    for (const { checker } of this.seats) checker.onStart();
  }

  onCrash(node: number): void {
    for (const { checker } of this.seats) checker.onCrash(node);
  }

  onRestart(node: number): void {
    for (const { checker } of this.seats) checker.onRestart(node);
  }

  onLeave(node: number): void {
    for (const { checker } of this.seats) checker.onLeave(node);
  }

  onMembership(observer: number, change: MembershipChange, subject: number): void {
    if (!this.hasBegun || subject < 0) return;
    for (const { checker } of this.seats) checker.onMembership(observer, change, subject);
  }

  onPublished(node: number, rumor: Rumor): void {
    for (const { checker } of this.seats) checker.onPublished(node, rumor);
  }

  onDelivered(node: number, rumor: Rumor): void {
    for (const { checker } of this.seats) checker.onDelivered(node, rumor);
  }

  onSample(): void {
    for (const { checker } of this.seats) checker.onSample();
  }

  onHealed(tookMs: number | undefined): void {
    for (const { checker } of this.seats) checker.onHealed(tookMs);
  }

  finish(): CheckerReport[] {
    return this.seats.map(({ name, checker }) => {
      const finding = checker.finish();
      return { name, passed: finding.violationsCount === 0, ...finding };
    });
  }
}
