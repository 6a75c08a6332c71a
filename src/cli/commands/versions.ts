import type { Command } from "commander";
import type { SiblingAnswer, VersionWriteAnswer } from "../../agent/routes/versions.messages.ts";
import { HearsayError } from "../../core/errors.ts";
import { type CliIo, colorsOf, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { printable } from "../printable.ts";
import { tablePrinter } from "../table.ts";
import { usage } from "../usage.ts";
import { valueFrom } from "../value-argument.ts";

interface VersionFlags extends AdminFlags {
  readonly context?: string;
}

export function addVersions(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "versions <action> <store> [words...]",
    summary: "values that keep conflicts for you to merge: get, put, rm or ls them",
    examples: [
      "hearsay versions put cart ann '[\"bread\"]'",
      "hearsay versions get cart ann",
      'hearsay versions put cart ann \'["bread","milk"]\' --context TOKEN',
      "hearsay versions ls cart 'a*' --json",
      "hearsay versions rm cart ann --context TOKEN",
    ],
    notes:
      "The words are a key and, for put, a value; ls takes a pattern with * and ?. A value is\n" +
      "JSON; what is no JSON is taken as text. get prints the context of what it read: give it\n" +
      "to the put or rm that takes the place of all of it. Without it only a new key can be\n" +
      "written. The agent takes part in a store from the first command that names it.",
  })
    .option("--context <token>", "put, rm: what was read of the key, as get or put printed it")
    .action((action: string, store: string, words: readonly string[], flags: VersionFlags) =>
      run({ action, store, words }, flags, io),
    );
}

interface Asked {
  readonly action: string;
  readonly store: string;
  readonly words: readonly string[];
}

interface Place {
  readonly store: string;
  readonly key: string;
}

async function run(asked: Asked, flags: VersionFlags, io: CliIo): Promise<void> {
  const { action, store, words } = asked;
  const [key, value] = words;
  if (!["get", "put", "rm", "ls"].includes(action)) {
    throw usage(`${action} is none of get, put, rm and ls.`);
  }
  if (words.length > (action === "put" ? 2 : 1)) {
    throw usage("Too many words: put quotes around a value with blanks.");
  }
  if (action === "ls") return list(store, key ?? "*", flags, io);
  if (key === undefined) throw usage(`Say which key: hearsay versions ${action} ${store} KEY`);
  if (action === "get") return get({ store, key }, flags, io);
  if (action === "rm") return remove({ store, key }, flags, io);
  if (value === undefined)
    throw usage(`Say which value: hearsay versions put ${store} ${key} VALUE`);
  return put({ store, key }, valueFrom(value), flags, io);
}

async function get({ key, store }: Place, flags: VersionFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).version(store, key);
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  const { context, siblings } = answer;
  if (siblings.length === 0) printLine(io, "No value.");
  else {
    const print = await tablePrinter(colorsOf(io.out, io.env));
    printLine(io, print(["VALUE", "FROM", "WRITTEN"], siblings.map(row)));
  }
  if (siblings.length > 1) {
    printLine(io, `A conflict: put one value in the place of all ${siblings.length}.`);
  }
  printLine(io, `context ${context}`);
}

function row({ clock, from, value }: SiblingAnswer): readonly string[] {
  const written = new Date(clock.ms).toISOString();
  return [printable(JSON.stringify(value)), printable(from), written];
}

async function put(place: Place, value: unknown, flags: VersionFlags, io: CliIo): Promise<void> {
  const { key, store } = place;
  const asked = adminClient(flags, io).putVersion(store, key, { value, ...seen(flags) });
  report(place, await withProgress(io, "Writing …", asked), flags, io);
}

async function remove(place: Place, flags: VersionFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).removeVersion(place.store, place.key, seen(flags));
  report(place, await withProgress(io, "Deleting …", asked), flags, io);
}

/** @throws HearsayError VERSION_REFUSED */
function report(
  { key, store }: Place,
  answer: VersionWriteAnswer,
  flags: VersionFlags,
  io: CliIo,
): void {
  if (answer.status !== "ok") {
    const why = answer.status === "stale" ? "something else was written" : "too many values stand";
    const fix = `read it by "hearsay versions get", and write with --context of that`;
    throw new HearsayError("VERSION_REFUSED", `${store} ${printable(key)}: ${why}; ${fix}.`);
  }
  if (flags.json) return printJson(io, answer);
  const what = answer.dot === undefined ? "nothing to delete" : "written";
  printLine(io, `${what}${answer.durable ? ", on disk" : ""}`);
  printLine(io, `context ${answer.context}`);
}

async function list(store: string, pattern: string, flags: VersionFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).versions(store, pattern);
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  if (answer.keys.length === 0) return printLine(io, "No key fits.");
  const print = await tablePrinter(colorsOf(io.out, io.env));
  const rows = answer.keys.map(({ conflict, key }) => [printable(key), conflict ? "yes" : ""]);
  printLine(io, print(["KEY", "CONFLICT"], rows));
}

function seen({ context }: VersionFlags): { readonly context?: string } {
  return context === undefined ? {} : { context };
}
