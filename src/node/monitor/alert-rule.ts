import { HearsayError } from "../../core/errors.ts";
import type { AlertRule as BookRule } from "../../data/monitor/alert-book.ts";
import type { AlertRule } from "./monitor.api.ts";
import { checkText } from "./sensor-book.ts";

/** Less would be a spike. [spec aggregation §8] */
const FOR_MIN_COUNT = 3;
const STATISTICS = ["avg", "min", "max", "sum", "count", "p50", "p95", "p99"];

/** @throws HearsayError CONFIG_OPTION */
export function checkAlertRule(rule: AlertRule): BookRule {
  checkText("name of an alert", rule.name, 1);
  checkText("sensor of an alert", rule.sensor, 1);
  const { above, below, clear, for: forCount = FOR_MIN_COUNT, name, of = "avg" } = rule;
  if ((above === undefined) === (below === undefined))
    throw refusal(name, "above, or below, not both");
  const numbers = [above, below, clear].filter((one) => one !== undefined);
  if (!numbers.every(Number.isFinite)) throw refusal(name, "numbers that are finite");
  if (!STATISTICS.includes(of)) throw refusal(name, `of: one of ${STATISTICS.join(", ")}`);
  if (!Number.isSafeInteger(forCount) || forCount < FOR_MIN_COUNT) {
    throw refusal(name, `for: a whole number of epochs, ${FOR_MIN_COUNT} or more`);
  }
  const isBeyond =
    clear !== undefined &&
    ((above !== undefined && clear > above) || (below !== undefined && clear < below));
  if (isBeyond) throw refusal(name, "clear: on the other side of where it begins");
  return { name, above, below, clear, forCount };
}

function refusal(name: string, rule: string): HearsayError {
  return new HearsayError("CONFIG_OPTION", `alert ${JSON.stringify(name)} needs ${rule}.`);
}
