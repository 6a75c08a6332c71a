import type { Command } from "commander";
import { type CliIo, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { usageError } from "../failure.ts";
import { printable } from "../printable.ts";

export function addPublish(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "publish <topic> <json>",
    summary: "spread a message to everyone who subscribes to the topic",
    examples: [
      `hearsay publish greetings '{"hello":"world"}'`,
      `hearsay publish Commit '{"key":"Doom","value":{"$bytes":"AQI="}}'`,
      "echo 42 | hearsay publish answers -",
    ],
    notes:
      'A "-" reads the JSON from standard input. What JSON cannot say is written\n' +
      '{"$bytes":"<base64>"}, {"$bigint":"12"}, {"$date":"<ISO 8601>"}, {"$number":"NaN"}.',
  }).action((topic: string, json: string, flags: AdminFlags) => publish(topic, json, flags, io));
}

async function publish(topic: string, json: string, flags: AdminFlags, io: CliIo): Promise<void> {
  const value = parseValue(json === "-" ? await io.readInput() : json);
  const asked = adminClient(flags, io).publish(topic, value);
  const answer = await withProgress(io, "Publishing …", asked);
  if (flags.json) return printJson(io, answer);
  const { origin, seq } = answer.dot;
  printLine(io, printable(`published to ${topic} as ${origin}:${seq}`));
}

function parseValue(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(
      `The message is no JSON (${reason}); text needs quotes of both kinds: '"hello"'.`,
    );
  }
}
