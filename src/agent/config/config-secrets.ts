import { HearsayError } from "../../core/errors.ts";
import { type GivenToken, readTokenFile } from "../access/admin-tokens.ts";
import { secretLines } from "../secret-lines.ts";
import type { AgentConfig } from "./settings.ts";

/** Lengths of a key, in bytes: those of AES. The node itself looks closer. */
const KEY_LENGTHS: readonly number[] = [16, 24, 32];

/**
 * The keys of a configuration, those of its file first; undefined when it gives none.
 * @throws HearsayError CONFIG_OPTION; KEY_INVALID that says which one is none, and not what it is
 */
export function keysOf(config: AgentConfig): readonly string[] | undefined {
  const { keyringFile, keys } = config;
  const filed = keyringFile === undefined ? [] : secretLines(keyringFile, "keyringFile");
  checkKeys(filed, `keyringFile: the file ${keyringFile}`);
  checkKeys(keys ?? [], "keys");
  const all = [...new Set([...filed, ...(keys ?? [])])];
  return keyringFile === undefined && keys === undefined ? undefined : all;
}

function checkKeys(keys: readonly string[], where: string): void {
  const at = keys.findIndex((key) => !KEY_LENGTHS.includes(Buffer.from(key, "base64").length));
  if (at < 0) return;
  const rule = "must be 16, 24 or 32 bytes in base64; hearsay keygen makes one";
  throw new HearsayError("KEY_INVALID", `${where}: entry ${at + 1} ${rule}.`);
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
