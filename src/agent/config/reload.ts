/** What of a configuration that was read again an agent can follow while it runs. */
import { createHash } from "node:crypto";
import { HearsayError } from "../../core/errors.ts";
import type { HearsayNode, LogLevel } from "../../node/api.ts";
import type { AdminTokens, GivenToken } from "../admin-tokens.ts";
import { keysOf, tokensOf } from "./config-secrets.ts";
import { type AgentConfig, type SettingKey, settingKeys, settingOf } from "./settings.ts";

export interface ReloadTargets {
  readonly node: Pick<HearsayNode, "keyring" | "serf" | "setJoin">;
  readonly tokens: AdminTokens;
  /** Whether the admin API can be reached from elsewhere, and so needs a token. */
  readonly needsToken: boolean;
  readonly setLogLevel: (level: LogLevel) => void;
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
}

export class ConfigFollower {
  private readonly targets: ReloadTargets;
  private readonly hasKeyring: boolean;
  /** By digests, for there are secrets in it that need not be remembered. */
  private readonly startedWith: ReadonlyMap<SettingKey, string>;
  private readonly followed: Map<keyof Followed, string>;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(config: AgentConfig, targets: ReloadTargets) {
    this.targets = targets;
    this.startedWith = new Map(settingKeys.map((key) => [key, digestOf(config[key])]));
    const { join, keys, logLevel, tags, tokens } = followedOf(config);
    // A node that was started in the clear stays so.
    this.hasKeyring = keys !== undefined;
    this.followed = new Map([
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
  follow(config: AgentConfig): Reloaded {
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
    const { node, setLogLevel } = this.targets;
    change("tags", (tags = {}) => node.serf.setTags(tags));
    change("join", (join = []) => node.setJoin(join));
    if (this.hasKeyring) change("keys", (keys = []) => this.changeKeys(keys.map(canonical)));
    change("tokens", (tokens) => this.changeTokens(tokens));
    change("logLevel", (level) => setLogLevel(level));
    return { applied, refused, needRestart: this.needRestart(config) };
  }

  private needRestart(config: AgentConfig): readonly SettingKey[] {
    return settingKeys.filter((key) => {
      if (this.startedWith.get(key) === digestOf(config[key])) return false;
      if (key === "keys" || key === "keyringFile") return !this.hasKeyring;
      return settingOf(key).isLive !== true;
    });
  }

  /** The first one seals only when all have been installed, and none goes before that. */
  private changeKeys(keys: readonly string[]): void {
    const { keyring } = this.targets.node;
    const [primary] = keys;
    if (primary === undefined) {
      throw new HearsayError("KEY_INVALID", "the last key cannot be removed; keep one");
    }
    const before = new Set(keyring.list());
    for (const key of keys) if (!before.has(key)) keyring.install(key);
    keyring.use(primary);
    for (const key of before) if (!keys.includes(key)) keyring.remove(key);
  }

  private changeTokens(tokens: readonly GivenToken[]): void {
    if (this.targets.needsToken && tokens.length === 0) {
      const detail = "the last token is gone, but the admin API can be reached from elsewhere";
      throw new HearsayError("ADMIN_TOKEN_REQUIRED", `${detail}; keep one`);
    }
    this.targets.tokens.replace(tokens);
  }
}

function followedOf(config: AgentConfig): Followed {
  return {
    tags: config.tags,
    join: config.join,
    keys: keysOf(config),
    tokens: tokensOf(config),
    logLevel: config["log.level"] ?? "info",
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
