import type { Command } from "commander";
import type { LinksAnswer } from "../../agent/routes/links.messages.ts";
import { type CliIo, colorsOf, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient } from "../command.ts";
import { clockTime, printable } from "../printable.ts";
import { tablePrinter } from "../table.ts";
import { figure } from "../top/top-figures.ts";

type Link = LinksAnswer["links"][number];

const HEAD = ["PEER", "LINK", "SINCE", "OUT", "FRAMES", "IN", "FRAMES", "WAITING", "HEARD"];

const DAY_MS = 86_400_000;

export function addLinks(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "links",
    summary: "list the agent's links: what each carried, and what waits for it",
    examples: ["hearsay links", "hearsay links --json"],
    notes:
      "A link is one long-lived connection between two nodes, opened when one has much to say\n" +
      "to the other. WAITING is what is queued for the peer, or not taken by the system yet.",
  }).action((flags: AdminFlags) => listLinks(flags, io));
}

async function listLinks(flags: AdminFlags, io: CliIo): Promise<void> {
  const asked = adminClient(flags, io).links();
  const answer = await withProgress(io, "Asking the agent …", asked);
  if (flags.json) return printJson(io, answer);
  if (answer.links.length === 0) return printLine(io, "This agent has no links now.");
  const colors = colorsOf(io.out, io.env);
  const print = await tablePrinter(colors);
  const rows = answer.links.map((link) => {
    const cells = cellsOf(link);
    return link.state === "up" ? cells : cells.map((cell) => colors.yellow(cell));
  });
  printLine(io, print(HEAD, rows));
}

function cellsOf(link: Link): string[] {
  const { heardAt, peer, receivedBytes, receivedFrames, sentBytes, sentFrames, since } = link;
  return [
    printable(peer),
    linkText(link),
    since === undefined ? "-" : sinceText(since),
    figure(sentBytes, "bytes"),
    String(sentFrames ?? "-"),
    figure(receivedBytes, "bytes"),
    String(receivedFrames ?? "-"),
    waitingText(link),
    heardAt === undefined ? "-" : clockTime(heardAt),
  ];
}

/** With the day, where it is not the last one: links stand for weeks. */
function sinceText(since: number): string {
  const time = clockTime(since).slice(0, 8);
  if (Date.now() - since < DAY_MS) return time;
  const date = new Date(since);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}

function linkText({ begun, state, via }: Link): string {
  const how = begun ?? state;
  return via === undefined ? how : `${how}, by way of ${printable(via)}`;
}

function waitingText({ queuedBytes, queuedFrames, unsentBytes }: Link): string {
  if (queuedFrames === 0 && unsentBytes === 0) return "-";
  const frames = queuedFrames === 1 ? "1 frame" : `${queuedFrames} frames`;
  return `${frames}, ${figure(queuedBytes + unsentBytes, "bytes")}`;
}
