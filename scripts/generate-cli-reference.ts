/**
 * Writes docs/cli.md from the help of the commands themselves. `--check` only compares, for
 * `npm run check`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CliIo } from "../src/cli/cli-io.ts";
import { makeProgram } from "../src/cli/run-cli.ts";

type Program = Awaited<ReturnType<typeof makeProgram>>;

const path = fileURLToPath(new URL("../docs/cli.md", import.meta.url));

const intro = `# The command line

<!-- Made by \`npm run generate\` from the commands' own help. -->

Every command has \`--json\`: stdout then holds nothing but JSON, one value a line, and an error is
an object \`{ code, message }\` on stderr ([all codes](reference/errors.md)). Exit codes: 0 ok,
1 failed, 2 wrong usage. Colour only on a terminal (\`NO_COLOR\` turns it off); progress goes to
stderr.

All but \`demo\`, \`agent\`, \`sim\` and \`keygen\` ask an agent by its [admin API](admin-api.md).
`;

/** As wide as a page, and without the colours of a terminal. */
const page: CliIo = {
  out: { write: () => {}, isTerminal: false, columns: 100 },
  err: { write: () => {}, isTerminal: false, columns: 100 },
  env: {},
  signal: new AbortController().signal,
  onEndSignal: () => () => {},
  onKey: () => () => {},
  readInput: async () => "",
};

function chapter(command: Program, parent: string): string {
  const name = `${parent} ${command.name()}`;
  let help = "";
  command.configureOutput({
    writeOut: (text) => {
      help += text;
    },
  });
  command.outputHelp();
  const text = `\n## ${name}\n\n\`\`\`usage\n${help.trim()}\n\`\`\`\n`;
  return text + command.commands.map((child) => chapter(child, name)).join("");
}

const program = await makeProgram(["--help"], page);
const commands = program.commands.filter((command) => command.name() !== "help");
const text = intro + commands.map((command) => chapter(command, "hearsay")).join("");

if (!process.argv.includes("--check")) {
  writeFileSync(path, text);
} else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
  console.log("docs/cli.md is out of date: npm run generate");
  process.exitCode = 1;
}
