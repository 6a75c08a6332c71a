/**
 * Writes what the agent's schemas say: openapi.json and admin-routes.md of its routes, and
 * agent-settings.md of its settings, into docs/reference. `--check` only compares, for
 * `npm run check`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import {
  type SettingKey,
  settingKeys,
  settingOf,
  variableOf,
} from "../src/agent/config/settings.ts";
import { openApiDocument } from "../src/agent/openapi/open-api.ts";
import { routeDocs } from "../src/agent/openapi/route-catalog.ts";
import type { RouteDoc } from "../src/agent/openapi/route-doc.ts";
import { packageVersion } from "../src/agent/version.ts";

const intro = `# Settings of an agent

<!-- Made by \`npm run generate\` from src/agent/config/settings.ts. -->

Flags count before variables, and those before the file; [how to write them](../agent.md).
What has an \`x\` under *live* is followed on SIGHUP, all else after a restart.

| in the file | variable | flag | what it is | live |
|---|---|---|---|---|
`;

function row(key: SettingKey): string {
  const { doc, flag, isLive } = settingOf(key);
  const shown = flag.replaceAll("|", "\\|");
  const cells = [`\`${key}\``, `\`${variableOf(key)}\``, `\`${shown}\``, doc, isLive ? "x" : ""];
  return `| ${cells.join(" | ")} |\n`;
}

const routesIntro = `# Routes of the admin API

<!-- Made by \`npm run generate\` from src/agent/openapi. -->

What each takes and answers, field by field: [openapi.json](openapi.json). A token needs the role
that is named, or a greater one; [who may ask](../admin-api.md#who-may-ask). Fields in brackets
may be left out.

| route | role | takes | what it does |
|---|---|---|---|
`;

function routeRow([route, { body, query, role, summary }]: [string, RouteDoc]): string {
  const asked = fieldsOf(query).map((field) => `?${field}`);
  const sent = fieldsOf(body);
  const takes = [...asked, ...sent].map((field) => `\`${field}\``).join(" ");
  return `| \`${route}\` | ${role ?? "none"} | ${takes} | ${summary} |\n`;
}

function fieldsOf(schema: z.ZodType | undefined): readonly string[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).map(([name, field]) => {
    const isOptional = z.safeParse(field, undefined).success && name !== "value";
    return isOptional ? `[${name}]` : name;
  });
}

const pages = {
  "admin-routes.md": routesIntro + Object.entries(routeDocs).map(routeRow).join(""),
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
