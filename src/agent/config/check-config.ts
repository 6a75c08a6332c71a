/** All that can be said of a configuration without starting it. */
import { checkAdminAddress, parseAdminAddress } from "../access/admin-address.ts";
import { AdminTokens } from "../access/admin-tokens.ts";
import { loadedOptionsOf, waysOf } from "./agent-options.ts";
import { tokensOf } from "./config-secrets.ts";
import type { AgentConfig } from "./settings.ts";

/** @throws HearsayError CONFIG_OPTION, ADDRESS_INVALID, KEY_INVALID, ADMIN_TOKEN_REQUIRED … */
export async function checkConfig(config: AgentConfig): Promise<void> {
  const { checkedOptions } = await import("../../node/checked-options.ts");
  checkedOptions(await loadedOptionsOf(config));
  waysOf(config.via ?? []);
  const tokens = new AdminTokens(tokensOf(config));
  checkAdminAddress(parseAdminAddress(config["admin.listen"] ?? ""), tokens);
}
