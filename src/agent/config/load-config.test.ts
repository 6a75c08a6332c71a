import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parseFileLayer } from "./file-layer.ts";
import { loadConfig } from "./load-config.ts";
import { nearestName } from "./nearest-name.ts";
import { nestedConfig } from "./print-config.ts";
import { type SettingKey, settingKeys, variableOf } from "./settings.ts";
import { unknownVariables } from "./text-layers.ts";

interface Given {
  readonly file?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Partial<Record<SettingKey, string | readonly string[]>>>;
}

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-settings-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "agent.yaml");
  writeFileSync(file, text);
  return file;
}

function load({ environment = {}, file, flags = {} }: Given) {
  const path = file === undefined ? undefined : fileWith(file);
  const typed = settingKeys.flatMap((key) => (flags[key] ? [[key, flags[key]] as const] : []));
  return loadConfig({ file: path, environment, flags: new Map(typed) });
}

test("flags count before variables, and those before the file", () => {
  const file = "name: filed\nlabel: filed\nprofile: wan\njoin: [a:1, b:2]\n";
  const environment = { HEARSAY_LABEL: "variable", HEARSAY_PROFILE: "local", HEARSAY_NAME: "" };
  const { config, sources } = load({ file, environment, flags: { profile: "swift" } });
  expect(config).toEqual({
    name: "filed",
    label: "variable",
    profile: "swift",
    join: ["a:1", "b:2"],
  });
  expect(sources.get("profile")).toEqual({ kind: "flag", name: "--profile" });
  expect(sources.get("label")).toEqual({ kind: "variable", name: "HEARSAY_LABEL" });
  expect(sources.get("join")).toMatchObject({ kind: "file", line: 4 });
});

test("every form can be written in a variable", () => {
  const environment = {
    HEARSAY_JOIN: "a:1, b:2",
    HEARSAY_JOIN_MIN: "1",
    HEARSAY_TAGS: "role=db,zone=a=b",
    HEARSAY_ANSWERS: '{"version":"2,1"}',
    HEARSAY_KEY: "one,two",
    HEARSAY_ORDER_ETCD_HOSTS: "127.0.0.1:2379",
    HEARSAY_CONFIG: "",
  };
  expect(load({ environment }).config).toEqual({
    join: ["a:1", "b:2"],
    joinMin: 1,
    tags: { role: "db", zone: "a=b" },
    answers: { version: "2,1" },
    keys: ["one", "two"],
    "order.etcdHosts": ["127.0.0.1:2379"],
  });
});

test("JSON is a configuration file, too, and sections may be left empty", () => {
  const file =
    '{"tags": {"role": "db"}, "swim": {"probeIntervalMs": 200}, "log": {"level": "debug"}}';
  expect(load({ file }).config).toEqual({
    tags: { role: "db" },
    swim: { probeIntervalMs: "200" },
    "log.level": "debug",
  });
  expect(load({ file: "# nothing yet\n" }).config).toEqual({});
});

test("what is wrong is named with its value, its place and what it must be", () => {
  const wrong = (given: Given): string => {
    try {
      load(given);
    } catch (error) {
      return String(error);
    }
    return "nothing";
  };
  expect(wrong({ file: "name: p\nprofile: fast\n" })).toMatch(
    /profile is "fast" \(\S+agent\.yaml line 2\), but must be one of lan, wan, local, swift\./,
  );
  expect(wrong({ environment: { HEARSAY_JOIN_MIN: "many" } })).toContain(
    'joinMin is "many" (variable HEARSAY_JOIN_MIN), but must be a whole number from 0 to 100.',
  );
  expect(wrong({ flags: { tags: ["role"] } })).toContain(
    'tags is "role" (flag --tag), but must be names with a text each, as name=value.',
  );
  expect(wrong({ file: "nmae: p\n" })).toMatch(/line 1: nmae is no setting.*did you mean name\?/);
  expect(wrong({ file: "log: { levle: info }" })).toMatch(/did you mean log\.level\?/);
  expect(wrong({ file: "log: info" })).toMatch(/log must be a section/);
  expect(wrong({ file: "- a" })).toMatch(/the file must be a section/);
  expect(wrong({ file: "a: [" })).toMatch(/line \d+ is no YAML/);
  expect(wrong({ file: "name: a\nname: b" })).toMatch(/line 2 is no YAML/);
  expect(wrong({ environment: { HEARSAY_CONFIG: "/nowhere/agent.yaml" } })).toMatch(
    /\/nowhere\/agent\.yaml cannot be read \(ENOENT.*HEARSAY_CONFIG/,
  );
  expect(wrong({ file: "wire: x", flags: { wire: "serf" } })).toMatch(/wire is "x"/);
  const several = wrong({ file: "name: 1\nlabel: 2\nwire: x\n" });
  expect(several).toMatch(/name is 1 .*; label is 2 .*; wire is "x"/);
});

test("no error shows a secret", () => {
  const file = "keys: tokenOrKey\nadmin: { token: tokenOrKey }\n";
  expect(() => load({ file })).toThrow(/keys is not as it should be \(\S+ line 1\)/);
  expect(() => load({ file })).not.toThrow(/tokenOrKey/);
  const { config } = load({
    environment: { HEARSAY_KEY: "tokenOrKey", HEARSAY_TOKEN: "tokenOrKey" },
  });
  expect(JSON.stringify(nestedConfig(config))).not.toContain("tokenOrKey");
  // Taken for the name of an anchor.
  const starred = "admin: { token: [*tokenOrKey] }\n";
  expect(() => load({ file: starred })).toThrow(/line 1: admin.token cannot be read; .*quotes/);
});

test("each setting has a variable of its own, and strange ones are told", () => {
  expect(new Set(settingKeys.map(variableOf)).size).toBe(settingKeys.length);
  const strange = {
    HEARSAY_JION: "a",
    HEARSAY_ADMIN: "http://127.0.0.1:1",
    HEARSAY_SERVICE_HOST: "10.0.0.1",
    HEARSAY_PORT_7946_TCP_ADDR: "10.0.0.1",
    HEARSAY_ADMIN_SERVICE_PORT_ADMIN: "7980",
    HEARSAY_XYZZYXYZZY: "a",
    OTHER: "a",
  };
  expect(unknownVariables(strange)).toEqual([
    "HEARSAY_JION (did you mean HEARSAY_JOIN?)",
    "HEARSAY_XYZZYXYZZY",
  ]);
  expect(load({ environment: strange }).warnings).toHaveLength(2);
});

test("aliases cannot blow a file up", () => {
  const lines = ["a0: &a0 [x, x]"];
  for (let at = 1; at < 40; at += 1) lines.push(`a${at}: &a${at} [*a${at - 1}, *a${at - 1}]`);
  const file = `tags:\n${lines.map((line) => `  ${line}\n`).join("")}`;
  expect(() => parseFileLayer(file, "bomb.yaml")).toThrow(/CONFIG_OPTION/);
  expect(() => load({ file: "join: &all [*all]\n" })).toThrow(/join is a value within itself/);
});

test("the nearest name is found, and none where none is near", () => {
  expect(nearestName("proflie", ["profile", "join"])).toBe("profile");
  expect(nearestName("something", ["profile", "join"])).toBeUndefined();
});
