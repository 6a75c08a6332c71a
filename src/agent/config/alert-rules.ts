/** Alerts of a configuration: `NAME=[STATISTIC] SENSOR above|below NUMBER [clear …] [for …]`. */
import { HearsayError } from "../../core/errors.ts";
import type { AlertRule } from "../../node/api.ts";
import { checkAlertRule } from "../../node/monitor/alert-rule.ts";
import { builtInSensors } from "../../node/monitor/built-in.ts";
import { plainMessage } from "../admin-failure.ts";
import { nearestName } from "./nearest-name.ts";
import type { Pairs } from "./setting.ts";

export const ALERT_RULE = "names with a rule each, such as oom=max memory above 2e9 clear 1.5e9";

const statistics = ["avg", "min", "max", "sum", "count", "p50", "p95", "p99"] as const;

const form = new RegExp(
  `^(?:(${statistics.join("|")}) +)?(\\S+) +(above|below) +(\\S+)` +
    "(?: +clear +(\\S+))?(?: +for +(\\d{1,9}))?$",
);

/** @throws HearsayError CONFIG_OPTION with what is wrong of it */
export function readAlertRule(name: string, text: string): AlertRule {
  const [, statistic, sensor, side, limit, clear, samples] = form.exec(text.trim()) ?? [];
  if (sensor === undefined || limit === undefined) {
    const shape = "[STATISTIC] SENSOR above|below NUMBER [clear NUMBER] [for SAMPLES]";
    throw new HearsayError("CONFIG_OPTION", `alert ${JSON.stringify(name)} must be ${shape}.`);
  }
  const of = statistics.find((one) => one === statistic);
  const at = Number(limit);
  const rule: AlertRule = {
    name,
    sensor,
    ...(side === "above" ? { above: at } : { below: at }),
    ...(of !== undefined && { of }),
    ...(clear !== undefined && { clear: Number(clear) }),
    ...(samples !== undefined && { for: Number(samples) }),
  };
  checkAlertRule(rule);
  return rule;
}

/** What is wrong of a rule; undefined when nothing is. */
export function alertProblem(name: string, text: string): string | undefined {
  try {
    readAlertRule(name, text);
    return undefined;
  } catch (error) {
    if (!(error instanceof HearsayError)) throw error;
    return plainMessage(error).replace(/\.$/, "");
  }
}

/** @throws HearsayError CONFIG_OPTION */
export function alertRulesOf(alerts: Pairs = {}): readonly AlertRule[] {
  return Object.entries(alerts).map(([name, text]) => readAlertRule(name, text));
}

/** Rules for sensors that no agent has: another kind of node may, or it is a slip. */
export function strangeSensors(rules: readonly AlertRule[]): readonly string[] {
  const known: readonly string[] = builtInSensors;
  return rules
    .filter(({ sensor }) => !known.includes(sensor))
    .map(({ name, sensor }) => {
      const near = nearestName(sensor, known);
      const fix = near === undefined ? "" : `; did you mean ${near}?`;
      return `the alert ${name} looks at ${sensor}, which agents do not measure${fix}`;
    });
}
