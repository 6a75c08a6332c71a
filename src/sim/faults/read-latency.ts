import type { LatencyModel } from "../latency.ts";
import { invalid, JsonFields, type NumberRule, numberRules } from "../scenario/json-fields.ts";

const kinds = ["constant", "uniform", "exponential", "lognormal"] as const;
const sigmaRule: NumberRule = { least: 0, most: 10, isWhole: false, text: "a number from 0 to 10" };

/** @throws HearsayError SCENARIO_INVALID */
export function readLatency(value: unknown, path: string): LatencyModel {
  const fields = new JsonFields(value, path);
  const model = readModel(fields, fields.oneOf("kind", kinds));
  fields.refuseOthers();
  return model;
}

function readModel(fields: JsonFields, kind: (typeof kinds)[number]): LatencyModel {
  const ms = (name: string): number => fields.number(name, numberRules.ms);
  switch (kind) {
    case "constant":
      return { kind, ms: ms("ms") };
    case "uniform": {
      const minMs = ms("minMs");
      return { kind, minMs, maxMs: readMax(fields, minMs) };
    }
    case "exponential": {
      const minMs = ms("minMs");
      return { kind, minMs, meanMs: ms("meanMs"), ...readOptionalMax(fields, minMs) };
    }
    case "lognormal": {
      const sigma = fields.number("sigma", sigmaRule);
      return { kind, medianMs: ms("medianMs"), sigma, ...readOptionalMax(fields, 0) };
    }
  }
}

function readMax(fields: JsonFields, minMs: number): number {
  const maxMs = fields.number("maxMs", numberRules.ms);
  if (maxMs >= minMs) return maxMs;
  throw invalid(fields.at("maxMs"), maxMs, `${minMs} (minMs) or more`);
}

function readOptionalMax(fields: JsonFields, minMs: number): { readonly maxMs?: number } {
  return fields.has("maxMs") ? { maxMs: readMax(fields, minMs) } : {};
}
