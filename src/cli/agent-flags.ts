/** The flags of `hearsay agent`, made of the schema of its configuration. */
import { type Command, Option } from "commander";
import { flagOf, type SettingKey, settingKeys, settingOf } from "../agent/config/settings.ts";
import { collect, type JsonFlag } from "./command.ts";

export interface AgentFlags extends JsonFlag {
  readonly config?: string;
  readonly checkConfig?: true;
  readonly printConfig?: true;
}

export type SettingFlags = ReadonlyMap<SettingKey, string | readonly string[]>;

/** One option for each setting, under the name of its flag. */
export function addSettingOptions(command: Command): void {
  for (const key of settingKeys) {
    const { doc, flag, form } = settingOf(key);
    const option = new Option(flag, doc);
    const isRepeatable = form === "list" || form === "pairs";
    command.addOption(isRepeatable ? option.argParser(collect) : option);
  }
}

/** What was typed, by setting; still text, for the schema is asked once for all sources. */
export function settingFlags(command: Command): SettingFlags {
  const typed = new Map<SettingKey, string | readonly string[]>();
  for (const key of settingKeys) {
    const name = command.options.find(({ long }) => long === flagOf(key))?.attributeName();
    const value: unknown = name === undefined ? undefined : command.getOptionValue(name);
    if (typeof value === "string") typed.set(key, value);
    else if (Array.isArray(value)) typed.set(key, value.map(String));
  }
  return typed;
}
