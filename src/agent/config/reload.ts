/** What of a configuration that was read again an agent can follow while it runs. */
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

/** What an agent follows, with the secrets of its files as they were read. */
interface Followed {
  readonly tags: AgentConfig["tags"];
  readonly join: AgentConfig["join"];
  readonly keys: readonly string[] | undefined;
  readonly tokens: readonly GivenToken[];
  readonly logLevel: LogLevel;
}

export class ConfigFollower {
  private readonly targets: ReloadTargets;
  private readonly startedWith: AgentConfig;
  private followed: Followed;

  /** @throws HearsayError CONFIG_OPTION */
  constructor(config: AgentConfig, targets: ReloadTargets) {
    this.targets = targets;
    this.startedWith = config;
    this.followed = followedOf(config);
  }

  /**
   * Each change for itself: one that is refused stops no other.
   * @throws HearsayError CONFIG_OPTION when a file of secrets cannot be read
   */
  follow(config: AgentConfig): Reloaded {
    const wanted = followedOf(config);
    const applied: string[] = [];
    const refused: { what: string; reason: string }[] = [];
    const reached: { -readonly [K in keyof Followed]?: Followed[K] } = {};
    const change = <K extends keyof Followed>(what: K, apply: (value: Followed[K]) => void) => {
      if (!differ(this.followed[what], wanted[what])) return;
      try {
        apply(wanted[what]);
        reached[what] = wanted[what];
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
    this.followed = { ...this.followed, ...reached };
    return { applied, refused, needRestart: this.needRestart(config) };
  }

  /** A node that was started in the clear stays so. */
  private get hasKeyring(): boolean {
    return this.followed.keys !== undefined;
  }

  private needRestart(config: AgentConfig): readonly SettingKey[] {
    return settingKeys.filter((key) => {
      if (!differ(this.startedWith[key], config[key])) return false;
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

function differ(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}
