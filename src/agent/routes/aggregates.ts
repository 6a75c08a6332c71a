import type { Hono } from "hono";
import { HearsayError } from "../../core/errors.ts";
import type { AggregateReport, Estimate } from "../../node/api.ts";
import type { AdminContext } from "../admin-app.ts";
import type { AggregateAnswer, AggregatesAnswer, EstimateAnswer } from "./aggregates.messages.ts";
import { pathName } from "./path-names.ts";

/** The routes of aggregates that the agent takes part in. */
export function addAggregateRoutes(app: Hono, { node }: AdminContext): void {
  app.get("/v1/aggregates", (context) => {
    const answer: AggregatesAnswer = { aggregates: node.aggregates().map(plain) };
    return context.json(answer);
  });
  app.get("/v1/aggregates/:name", (context) => {
    const name = pathName(context, "name");
    const found = node.aggregates().find((one) => one.name === name);
    if (found === undefined) {
      const detail = `This node takes part in no aggregate ${JSON.stringify(name)}`;
      const fix = "start the agent with --aggregate load, or see: hearsay aggregate ls";
      throw new HearsayError("ADMIN_NOT_FOUND", `${detail}; ${fix}`);
    }
    return context.json(plain(found));
  });
}

function plain({ estimates, kind, name, own, top }: AggregateReport): AggregateAnswer {
  const known: Record<string, EstimateAnswer> = {};
  for (const [statistic, estimate] of Object.entries(estimates)) {
    if (estimate !== undefined) known[statistic] = plainEstimate(estimate);
  }
  return { name, kind, own: own ?? null, estimates: known, top };
}

function plainEstimate({ errorBound, value, ...rest }: Estimate): EstimateAnswer {
  return { value: finite(value), errorBound: finite(errorBound), ...rest };
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
