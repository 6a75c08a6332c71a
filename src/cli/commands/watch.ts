import { type Command, Option } from "commander";
import type { Notice } from "../../agent/admin.messages.ts";
import { type CliIo, type Colors, colorsOf, printJson, printLine } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient, wholeNumber } from "../command.ts";
import { clockTime, printable } from "../printable.ts";
import { healthStatus } from "./members.ts";

interface WatchFlags extends AdminFlags {
  readonly members?: boolean;
  readonly events?: boolean;
  readonly alerts?: boolean;
  readonly count?: number;
  readonly from: "now" | "start";
}

export function addWatch(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "watch [topic...]",
    summary: "show messages of topics as they arrive; without a topic, members and events",
    examples: [
      "hearsay watch",
      "hearsay watch greetings",
      "hearsay watch greetings --members",
      "hearsay watch Commit --from start",
    ],
    notes:
      "With --json one notice a line; the first one says that the watch has begun. A start has\n" +
      "only what the agent keeps the past of: hearsay agent --history TOPIC.",
  })
    .addOption(
      new Option("--from <when>", "start: first what was kept of the topics, then what comes")
        .choices(["now", "start"])
        .default("now"),
    )
    .option("--members", "also members that join, fail, leave …")
    .option("--events", "also user events")
    .option("--alerts", "also alerts of the monitor: those that are on, then what changes")
    .option("--count <n>", "end after so many notices", wholeNumber(1, 1_000_000_000))
    .action((topics: string[], flags: WatchFlags) => watch(topics, flags, io));
}

async function watch(topics: string[], flags: WatchFlags, io: CliIo): Promise<void> {
  const { alerts = false, events = false, from, members = false } = flags;
  const wish = { topics, members, events, alerts, from };
  const colors = colorsOf(io.out, io.env);
  let countdown = flags.count ?? Number.POSITIVE_INFINITY;
  for await (const notice of adminClient(flags, io).watch(wish)) {
    if (flags.json) printJson(io, notice);
    else if (notice.kind === "ready") io.err.write(`${readyText(notice, flags)}\n`);
    else printLine(io, noticeText(notice, colors, Date.now()));
    if (notice.kind !== "ready") countdown -= 1;
    if (countdown <= 0) return;
  }
}

function readyText(
  notice: Notice & { kind: "ready" },
  { alerts, events, members }: Pick<WatchFlags, "alerts" | "events" | "members"> = {},
): string {
  const kinds = [
    ...notice.topics,
    ...(members ? ["members"] : []),
    ...(events ? ["events"] : []),
    ...(alerts ? ["alerts"] : []),
  ];
  const what = kinds.length === 0 ? "members and events" : kinds.join(", ");
  return printable(`Watching ${what} at ${notice.node}; Ctrl-C ends.`);
}

/** When its publisher said it, by its logical time, and as what. */
function saidText({ clock, dot }: Notice & { kind: "message" }): string {
  const counter = clock.counter === 0 ? "" : `+${clock.counter}`;
  return printable(`@${clockTime(clock.ms)}${counter} ${dot.origin}:${dot.seq}`);
}

/** One line for people. `now` stands in where a notice carries no time of its own. */
export function noticeText(notice: Notice, colors: Colors, now: number): string {
  const line = (at: number, text: string): string => `${colors.dim(clockTime(at))}  ${text}`;
  switch (notice.kind) {
    case "ready":
      return line(now, readyText(notice));
    case "member": {
      const { kind, member, at } = notice.event;
      const status = healthStatus(member, colors);
      return line(at, `${kind.padEnd(7)}  ${printable(member.name)} is ${status}`);
    }
    case "message": {
      const value = printable(JSON.stringify(notice.value));
      const said = colors.dim(saidText(notice));
      return line(notice.at, `${printable(`${notice.topic}  ${notice.from}`)}  ${value}  ${said}`);
    }
    case "info": {
      const what = notice.what === "set" ? JSON.stringify(notice.value) : notice.what;
      return line(notice.at, printable(`${notice.key}  ${notice.from}  ${what}`));
    }
    case "gap": {
      const text = `${notice.topic}  ${notice.count} messages were forgotten before they got here`;
      return line(now, colors.yellow(printable(text)));
    }
    case "rejected":
      return line(
        now,
        printable(`${notice.topic}  ${notice.from}  rejected (${notice.reason}): ${notice.detail}`),
      );
    case "event":
      return line(
        notice.at,
        printable(`event  ${notice.name}  ${notice.text ?? `base64 ${notice.base64}`}`),
      );
    case "alert": {
      const { firedBy = "nobody yet", id, state } = notice;
      return line(notice.at, printable(`alert    ${id} ${state}, told by ${firedBy}`));
    }
    case "dropped":
      return line(now, colors.yellow(`${notice.count} notices dropped: this watcher is too slow`));
    case "end":
      return line(now, `the agent ended this watch: ${printable(notice.reason)}`);
  }
}
