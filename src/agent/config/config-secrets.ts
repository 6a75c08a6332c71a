import { type GivenToken, readTokenFile } from "../admin-tokens.ts";
import { secretLines } from "../secret-lines.ts";
import type { AgentConfig } from "./settings.ts";

/** The keys of a configuration, those of its file first; undefined when it gives none. */
export function keysOf(config: AgentConfig): readonly string[] | undefined {
  const { keyringFile, keys } = config;
  const filed = keyringFile === undefined ? [] : secretLines(keyringFile, "keyringFile");
  const all = [...new Set([...filed, ...(keys ?? [])])];
  return keyringFile === undefined && keys === undefined ? undefined : all;
}

/** @throws HearsayError CONFIG_OPTION */
export function tokensOf(config: AgentConfig): readonly GivenToken[] {
  const file = config["admin.tokenFile"];
  const ofRole = (role: GivenToken["role"], tokens: readonly string[] = []): GivenToken[] =>
    tokens.map((token) => ({ role, token }));
  return [
    ...ofRole("admin", config["admin.token"]),
    ...ofRole("write", config["admin.writeToken"]),
    ...ofRole("read", config["admin.readToken"]),
    ...(file === undefined ? [] : readTokenFile(file)),
  ];
}
