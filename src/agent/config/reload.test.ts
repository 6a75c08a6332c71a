import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AlertRule } from "../../node/api.ts";
import { AdminTokens } from "../access/admin-tokens.ts";
import { FakeNode } from "../fake-node.ts";
import { ConfigFollower } from "./reload.ts";
import type { AgentConfig } from "./settings.ts";

const [one, two, three] = ["AA", "AQ", "Ag"].map((start) => `${start}AAAAAAAAAAAAAAAAAAAA==`) as [
  string,
  string,
  string,
];

function follow(config: AgentConfig) {
  const fake = new FakeNode("p1");
  fake.keys = [...(config.keys ?? [])];
  const tokens = new AdminTokens();
  const levels: string[] = [];
  const setLogLevel = (level: string) => levels.push(level);
  const follower = new ConfigFollower(config, { tokens, setLogLevel });
  const rules: string[] = [];
  const agent = {
    node: fake.node,
    setAlerts: (alerts: readonly AlertRule[]) => {
      rules.splice(0, rules.length, ...alerts.map(({ name }) => name));
    },
  };
  return {
    fake,
    rules,
    tokens,
    levels,
    follower: { follow: (changed: AgentConfig) => follower.follow(changed, agent) },
  };
}

test("what can change while an agent runs does, once", () => {
  const { fake, follower, levels, rules, tokens } = follow({ tags: { a: "1" }, name: "p1" });
  const changed = {
    name: "p2",
    tags: { a: "2" },
    join: ["h:1"],
    "log.level": "debug",
    "admin.readToken": ["reader"],
    "admin.listen": "127.0.0.1:1",
    "monitor.alerts": { oom: "max memory above 2e9" },
  } as const;
  expect(follower.follow(changed)).toEqual({
    applied: ["tags", "join", "tokens", "logLevel", "alerts"],
    refused: [],
    needRestart: ["name", "admin.listen"],
  });
  expect(fake.calls).toEqual([
    ["setTags", { a: "2" }],
    ["setJoin", ["h:1"]],
  ]);
  expect(levels).toEqual(["debug"]);
  expect(rules).toEqual(["oom"]);
  expect(tokens.roleOf("reader")).toBe("read");
  expect(follower.follow(changed)).toMatchObject({
    applied: [],
    needRestart: ["name", "admin.listen"],
  });
});

test("a keyring file is followed: installed, then used, then the rest removed", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearsay-keyring-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const keyringFile = join(folder, "keyring");
  writeFileSync(keyringFile, `${one}\n`);
  const config = { keyringFile };
  const { fake, follower } = follow(config);
  fake.keys = [one];
  writeFileSync(keyringFile, `# new first\n${two}\n${one}\n`);
  expect(follower.follow(config).applied).toEqual(["keys"]);
  expect(fake.keys).toEqual([two, one]);
  // What was installed by the API stays while the file says nothing new.
  fake.keys.push(three);
  expect(follower.follow(config).applied).toEqual([]);
  expect(fake.keys).toContain(three);
  writeFileSync(keyringFile, `${two}\n`);
  follower.follow(config);
  expect(fake.keys).toEqual([two]);
  writeFileSync(keyringFile, `${two}\nnoKey\n`);
  const which = /keyringFile: the file \S+: entry 2 must be 16, 24 or 32 bytes/;
  expect(() => follower.follow(config)).toThrow(which);
  writeFileSync(keyringFile, "\n");
  expect(() => follower.follow(config)).toThrow(/keyringFile: the file \S+ holds nothing/);
});

test("what is refused is said and tried again; where there was a token, one stays", () => {
  const { follower, tokens } = follow({ "admin.token": ["t1"] });
  tokens.replace([{ role: "admin", token: "t1" }]);
  for (let time = 0; time < 2; time += 1) {
    expect(follower.follow({}).refused).toMatchObject([{ what: "tokens" }]);
  }
  expect(tokens.roleOf("t1")).toBe("admin");
  const { follower: clear } = follow({});
  expect(clear.follow({ keys: [one] }).needRestart).toEqual(["keys"]);
});
