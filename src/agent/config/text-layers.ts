/** Settings given as text: by variables of the environment and by flags. */
import type { Given, Layer } from "./given.ts";
import { nearestName } from "./nearest-name.ts";
import { flagOf, type SettingKey, settingKeys, settingOf, variableOf } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Variables of ours that are no settings of an agent. */
const OTHERS = new Set(["HEARSAY_ADMIN", "HEARSAY_CONFIG", "HEARSAY_DEBUG"]);
/** What Kubernetes and Docker links put there for a service that is called hearsay. */
const SERVICE_LINK =
  /_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT|PORT_\d+_(TCP|UDP)(_[A-Z]+)?)$/;

/** An empty variable says nothing: so a compose file may pass on what may be unset. */
export function variableLayer(environment: Environment): Layer {
  const given = new Map<SettingKey, Given>();
  for (const key of settingKeys) {
    const name = variableOf(key);
    const text = environment[name];
    if (text === undefined || text === "") continue;
    given.set(key, { value: readText(key, text), from: { kind: "variable", name } });
  }
  return given;
}

/** Variables that look like ours and are not; each with the one that may have been meant. */
export function unknownVariables(environment: Environment): readonly string[] {
  const known = new Set(settingKeys.map(variableOf));
  const strange = Object.keys(environment).filter((name) => {
    const isOurs = known.has(name) || OTHERS.has(name);
    return name.startsWith("HEARSAY_") && !isOurs && !SERVICE_LINK.test(name);
  });
  return strange.sort().map((name) => {
    const near = nearestName(name, known);
    return near === undefined ? name : `${name} (did you mean ${near}?)`;
  });
}

/** `values`: by the key of the setting, as commander gives them: a text, or the list of several. */
export function flagLayer(values: ReadonlyMap<SettingKey, string | readonly string[]>): Layer {
  const given = new Map<SettingKey, Given>();
  for (const [key, value] of values) {
    const from = { kind: "flag", name: flagOf(key) } as const;
    given.set(key, { value: readFlag(key, value), from });
  }
  return given;
}

function readFlag(key: SettingKey, value: string | readonly string[]): unknown {
  if (typeof value === "string") return readText(key, value);
  const { form } = settingOf(key);
  if (form === "pairs") return pairsOf(value);
  // Names of voters were always given as a,b,c.
  return key === "order.voters" ? value.flatMap(partsOf) : [...value];
}

/** What cannot be read is left as it is: the schema refuses it, and says where it stands. */
function readText(key: SettingKey, text: string): unknown {
  const { form } = settingOf(key);
  if (form === "number") return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (form === "text") return text;
  const isJson = /^\s*[[{]/.test(text);
  if (isJson) return jsonOf(text);
  return form === "list" ? partsOf(text) : pairsOf(partsOf(text));
}

function partsOf(text: string): string[] {
  const parts = text.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "");
}

function pairsOf(texts: readonly string[]): unknown {
  if (texts.some((text) => text.indexOf("=") < 1)) return texts.join(",");
  return Object.fromEntries(
    texts.map((text) => [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)]),
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
