/** What of a configuration that was read again an agent can follow while it runs. */
import { createHash } from "node:crypto";
import { HearsayError } from "../../core/errors.ts";
import type { AlertRule, HearsayNode, LogLevel } from "../../node/api.ts";
import type { AdminTokens, GivenToken } from "../access/admin-tokens.ts";
import { alertRulesOf } from "./alert-rules.ts";
import { keysOf, tokensOf } from "./config-secrets.ts";
import { type AgentConfig, type SettingKey, settingKeys, settingOf } from "./settings.ts";

export interface ReloadTargets {
  readonly tokens: AdminTokens;
  readonly setLogLevel: (level: LogLevel) => void;
}

type FollowingNode = Pick<HearsayNode, "keyring" | "serf" | "setJoin">;

/** As much of an agent as follows. */
export interface Following {
  readonly node: FollowingNode;
  setAlerts(rules: readonly AlertRule[]): void;
}

export interface Reloaded {
  /** What is followed from now on. */
  readonly applied: readonly string[];
  /** What stays as it was, and why. */
  readonly refused: readonly { readonly what: string; readonly reason: string }[];
  /** What has changed and counts only after a restart. */
  readonly needRestart: readonly SettingKey[];
}

/** What an agent follows, with the secrets of its files as they are read. */
interface Followed {
  readonly tags: AgentConfig["tags"];
  readonly join: AgentConfig["join"];
  readonly keys: readonly string[] | undefined;
  readonly tokens: readonly GivenToken[];
  readonly logLevel: LogLevel;
  readonly alerts: AgentConfig["monitor.alerts"];
}

export class ConfigFollower {
  private readonly targets: ReloadTargets;
  private readonly hasKeyring: boolean;
  /** By digests, for there are secrets in it that need not be remembered. */
  private readonly startedWith: ReadonlyMap<SettingKey, string>;
  private readonly followed: Map<keyof Followed, string>;

  /**
   * Made before the node: what the files say by the time it stands may be news already.
   * @throws HearsayError CONFIG_OPTION
   */
  constructor(config: AgentConfig, targets: ReloadTargets) {
    this.targets = targets;
    this.startedWith = new Map(settingKeys.map((key) => [key, digestOf(config[key])]));
    const { alerts, join, keys, logLevel, tags, tokens } = followedOf(config);
    // A node that was started in the clear stays so.
    this.hasKeyring = keys !== undefined;
    this.followed = new Map([
      ["alerts", digestOf(alerts)],
      ["join", digestOf(join)],
      ["keys", digestOf(keys)],
      ["logLevel", digestOf(logLevel)],
      ["tags", digestOf(tags)],
      ["tokens", digestOf(tokens)],
    ]);
  }

  /**
   * Each change for itself: one that is refused stops no other.
   * @throws HearsayError CONFIG_OPTION when a file of secrets cannot be read
   */
  follow(config: AgentConfig, agent: Following): Reloaded {
    const { node } = agent;
    const wanted = followedOf(config);
    const applied: string[] = [];
    const refused: { what: string; reason: string }[] = [];
    const change = <K extends keyof Followed>(what: K, apply: (value: Followed[K]) => void) => {
      const digest = digestOf(wanted[what]);
      if (this.followed.get(what) === digest) return;
      try {
        apply(wanted[what]);
        this.followed.set(what, digest);
        applied.push(what);
      } catch (error) {
        if (!(error instanceof HearsayError)) throw error;
        refused.push({ what, reason: error.message });
      }
    };
    const { setLogLevel } = this.targets;
    change("tags", (tags = {}) => node.serf.setTags(tags));
    change("join", (join = []) => node.setJoin(join));
    if (this.hasKeyring) change("keys", (keys = []) => changeKeys(node, keys.map(canonical)));
    change("tokens", (tokens) => this.changeTokens(tokens));
    change("logLevel", (level) => setLogLevel(level));
    change("alerts", (alerts) => agent.setAlerts(alertRulesOf(alerts)));
    return { applied, refused, needRestart: this.needRestart(config) };
  }

  private needRestart(config: AgentConfig): readonly SettingKey[] {
    return settingKeys.filter((key) => {
      if (this.startedWith.get(key) === digestOf(config[key])) return false;
      if (key === "keys" || key === "keyringFile") return !this.hasKeyring;
      return settingOf(key).isLive !== true;
    });
  }

  /** A file that lost a line must not open what was closed, not even to this machine alone. */
  private changeTokens(tokens: readonly GivenToken[]): void {
    if (tokens.length === 0) {
      const detail = "the last token cannot be removed while the agent runs";
      throw new HearsayError("ADMIN_TOKEN_REQUIRED", `${detail}; keep one, or start it anew`);
    }
    this.targets.tokens.replace(tokens);
  }
}

/** The first one seals only when all have been installed, and none goes before that. */
function changeKeys({ keyring }: FollowingNode, keys: readonly string[]): void {
  const [primary] = keys;
  if (primary === undefined) {
    throw new HearsayError("KEY_INVALID", "the last key cannot be removed; keep one");
  }
  const before = new Set(keyring.list());
  for (const key of keys) if (!before.has(key)) keyring.install(key);
  keyring.use(primary);
  for (const key of before) if (!keys.includes(key)) keyring.remove(key);
}

function followedOf(config: AgentConfig): Followed {
  return {
    tags: config.tags,
    join: config.join,
    keys: keysOf(config),
    tokens: tokensOf(config),
    logLevel: config["log.level"] ?? "info",
    alerts: config["monitor.alerts"],
  };
}

/** As the keyring names it, however it was written. */
function canonical(key: string): string {
  return Buffer.from(key, "base64").toString("base64");
}

function digestOf(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value) ?? "")
    .digest("base64");
}
