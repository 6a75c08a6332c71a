/**
 * Writes what the agent's schemas say: docs/reference/openapi.json of its routes, and
 * docs/reference/agent-settings.md of its settings. `--check` only compares, for `npm run check`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type SettingKey,
  settingKeys,
  settingOf,
  variableOf,
} from "../src/agent/config/settings.ts";
import { openApiDocument } from "../src/agent/openapi/open-api.ts";
import { packageVersion } from "../src/agent/version.ts";

const intro = `# Settings of an agent

<!-- Made by \`npm run generate\` from src/agent/config/settings.ts. -->

Flags count before variables, and those before the file; [how to write them](../agent.md). What has an
\`x\` under *live* is followed on SIGHUP, all else after a restart.

| in the file | variable | flag | what it is | live |
|---|---|---|---|---|
`;

function row(key: SettingKey): string {
  const { doc, flag, isLive } = settingOf(key);
  const shown = flag.replaceAll("|", "\\|");
  const cells = [`\`${key}\``, `\`${variableOf(key)}\``, `\`${shown}\``, doc, isLive ? "x" : ""];
  return `| ${cells.join(" | ")} |\n`;
}

const pages = {
  "openapi.json": `${JSON.stringify(openApiDocument(packageVersion()), null, 2)}\n`,
  "agent-settings.md": intro + settingKeys.map(row).join(""),
};

for (const [name, text] of Object.entries(pages)) {
  const path = fileURLToPath(new URL(`../docs/reference/${name}`, import.meta.url));
  if (!process.argv.includes("--check")) {
    writeFileSync(path, text);
  } else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
    console.log(`docs/reference/${name} is out of date: npm run generate`);
    process.exitCode = 1;
  }
}
