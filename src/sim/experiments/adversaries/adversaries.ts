/**
 * What adversaries cost the honest, with rumours among all and with Plumtree in the overlay of
 * HyParView, with budgets per peer and per origin and without. The attacks are those of Alvisi et
 * al. (How robust are gossip-based communication protocols?, 2007). Anti-entropy is left out: what
 * is measured is the spreading itself.
 */

import { VICTIMS_COUNT } from "../../adversaries/adversary-town.ts";
import type { Role } from "../../adversaries/role.ts";
import { besieger, flooder, forger, freeRider, poisoner } from "../../adversaries/roles.ts";
import type { Curve, ExpectedValue, Experiment, ExperimentSetting } from "../experiment.ts";
import {
  type Assault,
  besieged,
  budgetSettings,
  labelled,
  meanOf,
  type Reach,
  reachNow,
  reachOf,
  stacks,
  suffer,
} from "./adversary-assault.ts";

const SOURCE = "ours, after Alvisi 2007";
const RUNS_COUNT = 5;
const freeRiding = { ratios: [0.1, 0.2, 0.3, 0.4], xLabel: "share of free riders" } as const;
const crashing = { ratios: [0.2, 0.4, 0.6, 0.8], xLabel: "share that crashed" } as const;
/** Until links have told of a crash. */
const NOTICE_MS = 2_000;

const common = { nodesCount: 60, attackMs: 5_000, publicationsCount: 50 } as const;

type Common = { readonly [Name in keyof typeof common]: number };
type Setting<Own> = ExperimentSetting & { readonly own: Common & Own };

/** An experiment whose parameters are at hand by name. */
function experiment<Own extends Readonly<Record<string, number>>>(
  text: Pick<Experiment, "name" | "proves" | "expected">,
  own: Own,
  run: (setting: Setting<Own>) => ReturnType<Experiment["run"]>,
): Experiment {
  const parameters = { ...common, ...own };
  return {
    ...text,
    source: SOURCE,
    parameters,
    runsCount: RUNS_COUNT,
    run: (setting) => run({ ...setting, own: { ...parameters, ...setting.parameters } }),
  };
}

function most(value: number): ExpectedValue {
  return { value, bound: "atMost", of: "eachRun", source: "ours" };
}

function least(value: number): ExpectedValue {
  return { value, bound: "atLeast", of: "eachRun", source: "ours" };
}

/** All four combinations under one attack. */
function allOf(assault: Omit<Assault, "stack" | "budgets" | "role">, role: () => Role) {
  const values: Record<string, number> = {};
  for (const stack of stacks) {
    for (const budgets of budgetSettings) {
      const toll = suffer({ ...assault, stack, budgets, role: role() });
      values[labelled(stack, budgets, "delivered")] = toll.delivered;
      values[labelled(stack, budgets, "isolated nodes")] = toll.isolated;
      values[labelled(stack, budgets, "taken (per second)")] = toll.taken;
      values[labelled(stack, budgets, "sent (per second)")] = toll.sent;
    }
  }
  return values;
}

export const adversaryFlooding = experiment(
  {
    name: "adversary-flooding",
    proves: "Budgets bound what a flood costs honest nodes, and their own updates still arrive.",
    expected: {
      "rumor, budgets on: delivered": least(0.97),
      "plumtree, budgets on: delivered": least(0.97),
      "rumor, budgets on: sent (per second)": most(2_000),
      "plumtree, budgets on: sent (per second)": most(500),
    },
  },
  { adversaryRatio: 0.05, updatesPerSecond: 500, namesCount: 1 },
  ({ own, seed }) => {
    const { namesCount, updatesPerSecond } = own;
    const role = (): Role => flooder(updatesPerSecond, namesCount);
    return { values: allOf({ ...own, seed }, role), curves: [] };
  },
);

export const adversaryForgery = experiment(
  {
    name: "adversary-forgery",
    proves: "Unsigned updates can be forged in anybody's name; budgets only slow that down.",
  },
  { adversaryRatio: 0.05, forgeriesPerSecond: 2 },
  ({ own, seed }) => {
    const role = (): Role => forger(own.forgeriesPerSecond);
    return { values: allOf({ ...own, seed }, role), curves: [] };
  },
);

/** How delivery falls as there are more of them, in all four combinations. */
function overRatios(
  own: Omit<Assault, "stack" | "budgets" | "adversaryRatio">,
  { ratios, xLabel }: { readonly ratios: readonly number[]; readonly xLabel: string },
  measure: (assault: Assault) => Reach,
): ReturnType<Experiment["run"]> {
  const values: Record<string, number> = {};
  const curves: Curve[] = [];
  const most = Math.max(...ratios);
  for (const stack of stacks) {
    for (const budgets of budgetSettings) {
      const points: (readonly [number, number])[] = [];
      for (const adversaryRatio of ratios) {
        const { delivered, isolated } = measure({ ...own, adversaryRatio, stack, budgets });
        const share = `at ${Math.round(100 * adversaryRatio)} %`;
        values[labelled(stack, budgets, `delivered ${share}`)] = delivered;
        points.push([adversaryRatio, delivered]);
        if (adversaryRatio < most) continue;
        values[labelled(stack, budgets, `isolated nodes ${share}`)] = isolated;
      }
      curves.push({
        chart: "what reaches the honest",
        name: `${stack}, budgets ${budgets}`,
        xLabel,
        yLabel: "share delivered",
        points,
      });
    }
  }
  return { values, curves };
}

export const adversaryFreeRiders = experiment(
  {
    name: "adversary-free-riders",
    proves: "Updates reach the honest although two nodes in five pass nothing on.",
    expected: {
      "rumor, budgets on: delivered at 40 %": least(0.95),
      // One honest node in a hundred has five free riders for neighbours.
      "plumtree, budgets on: delivered at 40 %": { ...least(0.95), bound: "atLeast", of: "mean" },
    },
  },
  {},
  ({ own, seed }) => overRatios({ ...own, seed, role: freeRider }, freeRiding, suffer),
);

export const adversaryCrash = experiment(
  {
    name: "adversary-crash",
    proves: "Survivors of a crash of many at once still reach each other.",
    expected: {
      "rumor, budgets on: delivered at 40 %": least(0.95),
      "plumtree, budgets on: delivered at 40 %": least(0.95),
    },
  },
  {},
  ({ own, seed }) =>
    overRatios({ ...own, seed, role: {} }, crashing, (assault) => {
      const town = besieged(assault);
      town.crash(town.adversaries);
      town.simulator.runForMs(NOTICE_MS);
      return reachNow(town, assault);
    }),
);

export const adversaryPoisoning = experiment(
  {
    name: "adversary-poisoning",
    proves: "Budgets keep poisoners from writing the views of the honest, who survive their crash.",
    expected: {
      "plumtree, budgets on: delivered after their crash": least(0.95),
      "plumtree, budgets on: isolated nodes after their crash": most(0),
    },
  },
  { adversaryRatio: 0.3, siegeMs: 120_000 },
  ({ own, seed }) => {
    const values: Record<string, number> = {};
    for (const budgets of budgetSettings) {
      const note = (what: string, value: number): void => {
        values[labelled("plumtree", budgets, what)] = value;
      };
      const assault = { ...own, seed, stack: "plumtree", budgets, role: poisoner } as const;
      const town = besieged(assault);
      town.attack(own.siegeMs);
      town.publish(own.publicationsCount, own.siegeMs);
      const views = town.honest.flatMap((node) => town.viewOf(node) ?? []);
      const shareOfBad = (peers: readonly number[]): number =>
        meanOf(peers.map((peer) => (town.adversaries.includes(peer) ? 1 : 0)));
      note("poisoned share of views", meanOf(views.map(({ known }) => shareOfBad(known))));
      const worst = views.map(({ neighbours }) => shareOfBad(neighbours));
      note("poisoned share of neighbours", meanOf(worst));
      note("surrounded nodes", worst.filter((share) => share === 1).length);
      note("delivered", reachOf(town, 0, town.honest).delivered);
      town.crash(town.adversaries);
      town.simulator.runForMs(NOTICE_MS);
      const after = reachNow(town, assault);
      note("delivered after their crash", after.delivered);
      note("isolated nodes after their crash", after.isolated);
    }
    return { values, curves: [] };
  },
);

export const adversaryBias = experiment(
  {
    name: "adversary-bias",
    proves: "Nodes that always choose the same partners wear them out, but cut nobody off.",
    expected: {
      "rumor, budgets on: delivered to victims": least(0.95),
      "plumtree, budgets on: delivered to victims": least(0.9),
    },
  },
  { adversaryRatio: 0.3 },
  ({ own, seed }) => {
    const victims = Array.from({ length: VICTIMS_COUNT }, (_, node) => node);
    const values: Record<string, number> = {};
    for (const stack of stacks) {
      for (const budgets of budgetSettings) {
        const note = (what: string, value: number): void => {
          values[labelled(stack, budgets, what)] = value;
        };
        const town = besieged({ ...own, seed, stack, budgets, role: besieger(victims) });
        town.takeRates([...town.honest], own.attackMs);
        town.attack(own.attackMs);
        town.publish(own.publicationsCount, own.attackMs);
        const others = town.honest.filter((node) => !victims.includes(node));
        note("messages to a victim (per second)", town.takeRates(victims, own.attackMs).messages);
        note("messages to others (per second)", town.takeRates(others, own.attackMs).messages);
        town.simulator.runForMs(NOTICE_MS);
        note("delivered to victims", reachOf(town, 0, victims).delivered);
        note("delivered to others", reachOf(town, 0, others).delivered);
      }
    }
    return { values, curves: [] };
  },
);
