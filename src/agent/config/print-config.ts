import { stringify } from "yaml";
import type { LoadedConfig } from "./load-config.ts";
import { SECRET_MASK } from "./setting.ts";
import { type AgentConfig, settingKeys, settingOf, variableOf } from "./settings.ts";

/** The configuration as its file would say it, secrets masked. */
export function nestedConfig(config: AgentConfig): Readonly<Record<string, unknown>> {
  const nested: Record<string, unknown> = {};
  const sections = new Map<string, Record<string, unknown>>();
  for (const key of settingKeys) {
    if (config[key] === undefined) continue;
    const value = settingOf(key).isSecret ? maskOf(config[key]) : config[key];
    const [first = "", second] = key.split(".");
    if (second === undefined) {
      nested[first] = value;
      continue;
    }
    const section = sections.get(first) ?? {};
    sections.set(first, section);
    nested[first] = section;
    section[second] = value;
  }
  return nested;
}

/** As YAML: put into a file, it says the same but for the secrets, which it says how to give. */
export function printConfig({ config }: LoadedConfig): string {
  const masked = settingKeys.filter((key) => settingOf(key).isSecret && config[key] !== undefined);
  const fixes = masked.map((key) => {
    return `# ${key}: put in what ${SECRET_MASK} stands for, or give it by ${variableOf(key)}\n`;
  });
  return fixes.join("") + stringify(nestedConfig(config));
}

function maskOf(value: unknown): unknown {
  return Array.isArray(value) ? value.map(() => SECRET_MASK) : SECRET_MASK;
}
