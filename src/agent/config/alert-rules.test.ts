import { expect, test } from "vitest";
import { alertRulesOf, readAlertRule, strangeSensors } from "./alert-rules.ts";
import { loadConfig } from "./load-config.ts";

const load = (alerts: string) =>
  loadConfig({
    file: undefined,
    environment: { HEARSAY_MONITOR_ALERTS: alerts },
    flags: new Map(),
  });

test("a rule says of what, on which side, until when and for how long", () => {
  expect(readAlertRule("oom", "max memory above 2e9 clear 1.5e9 for 6")).toEqual({
    name: "oom",
    of: "max",
    sensor: "memory",
    above: 2e9,
    clear: 1.5e9,
    for: 6,
  });
  expect(readAlertRule("few", "members below 3")).toEqual({
    name: "few",
    sensor: "members",
    below: 3,
  });
  const { config } = load("oom=max memory above 2e9,few=members below 3");
  expect(alertRulesOf(config["monitor.alerts"]).map(({ name }) => name)).toEqual(["oom", "few"]);
});

test.each([
  ["memory", /monitor\.alerts \(variable HEARSAY_MONITOR_ALERTS\): alert "oom" must be \[STAT/],
  ["max memory above", /must be \[STATISTIC\] SENSOR above\|below NUMBER/],
  ["memory above lots", /alert "oom" needs numbers that are finite/],
  ["memory above 1e999", /numbers that are finite/],
  ["memory above 10 clear 11", /clear: on the other side/],
  ["memory above 10 for 2", /for: a whole number of epochs, 3 or more/],
  ["memory above 10 until 5", /must be \[STATISTIC\]/],
])("%s is refused, with its name and what it must be", (text, why) => {
  expect(() => load(`oom=${text}`)).toThrow(why);
});

test("a sensor that no agent measures is warned of, with the one that may be meant", () => {
  const rules = alertRulesOf({ a: "memroy above 1", b: "queue above 1", c: "load above 1" });
  expect(strangeSensors(rules)).toEqual([
    "the alert a looks at memroy, which agents do not measure; did you mean memory?",
    "the alert b looks at queue, which agents do not measure",
  ]);
});
