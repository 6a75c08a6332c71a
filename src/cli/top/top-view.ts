import type {
  MonitorAnswer,
  MonitoredMemberAnswer,
  SensorAggregateAnswer,
} from "../../agent/routes/monitor.messages.ts";
import type { Colors } from "../cli-io.ts";
import { clockTime, printable } from "../printable.ts";
import { cutToWidth } from "./text-width.ts";
import { figure, milliseconds } from "./top-figures.ts";
import { type Cell, type Column, gridLines } from "./top-grid.ts";

/** What members are sorted by, and the key that a terminal cycles through them with. */
export const sortNames = ["name", "status", "load", "cpu", "memory", "loop", "rtt"] as const;
export type SortName = (typeof sortNames)[number];

export interface TopLook {
  readonly columns: number;
  /** Lines there are; undefined: as many as it takes. */
  readonly rows: number | undefined;
  readonly colors: Colors;
  readonly sort: SortName;
  /** When the answer came; wall clock. */
  readonly at: number;
}

/** Sensors with a column of their own, in this order; those of users come behind them. */
const KNOWN = [
  ["load", "LOAD"],
  ["cpu", "CPU"],
  ["memory", "MEMORY"],
  ["loopDelay", "LOOP P99"],
] as const;
/** Beside these, which are on every node and tell little of it, aggregates show. */
const HIDDEN = new Set(["heap", "netReceived", "netSent", "members", "backlog", "uptime"]);
/** Columns of users' sensors. [because: a terminal is narrow] */
const OWN_COLUMNS_MAX_COUNT = 8;
/** Members that show in however small a terminal. */
const MEMBERS_MIN_COUNT = 3;

type Line = string;

/** All that `hearsay top` shows of one moment, a line each. */
export function topLines(answer: MonitorAnswer, look: TopLook): Line[] {
  const { columns, rows } = look;
  const head = headLine(answer, look);
  const notes = noteCells(answer, look).map(({ paint, text }) => {
    const cut = cutToWidth(text, columns);
    return paint === undefined ? cut : paint(cut);
  });
  const aggregates = aggregateLines(answer, look);
  const groups = groupLines(answer, look);
  const below = [...spaced(aggregates), ...spaced(groups)];
  const members = memberLines(answer, look);
  if (rows === undefined) return [head, ...spaced(members), ...below, ...spaced(notes)];
  // Suspects and alerts are what one looks for: they are at the top, and the rest gives way.
  const top = [head, ...notes];
  const room = rows - top.length - 1;
  const belowRoom = Math.max(0, Math.min(below.length, room - MEMBERS_MIN_COUNT - 1));
  const shown = firstOf(members, Math.max(1, room - belowRoom), columns);
  const rest = below.slice(0, Math.max(0, room - shown.length));
  return [...top, "", ...shown, ...rest].slice(0, rows);
}

function headLine(answer: MonitorAnswer, { at, colors, columns, sort }: TopLook): Line {
  const { group, members, node } = answer;
  const living = members.filter(({ status }) => status === "alive").length;
  const what = `${printable(node)} sees ${living} of ${members.length} members alive`;
  const where = `group ${printable(group)}`;
  const title = "hearsay top";
  const text = `  ${what} · ${where} · ${clockTime(at)} · by ${sort}`;
  const rest = cutToWidth(text, Math.max(0, columns - title.length));
  return `${colors.bold(cutToWidth(title, columns))}${rest}`;
}

function memberLines({ members, node }: MonitorAnswer, look: TopLook): Line[] {
  const { colors, columns: width } = look;
  const own = userSensors(members);
  const columns: Column[] = [
    { title: "MEMBER", align: "left" },
    { title: "STATUS", align: "left" },
    { title: "MONITOR", align: "left" },
    ...KNOWN.map(([, title]): Column => ({ title, align: "right" })),
    { title: "RTT", align: "right" },
    ...own.map((name): Column => ({ title: printable(name).toUpperCase(), align: "right" })),
    { title: "GROUP", align: "left" },
    { title: "HEARD", align: "right" },
  ];
  const rows = [...members]
    .sort(bySort(look.sort))
    .map((member): Cell[] => [
      { text: printable(member.name), paint: member.name === node ? colors.bold : undefined },
      { text: member.status, paint: paintOf(member.status, colors) },
      { text: member.verdict ?? "-", paint: paintOf(member.verdict ?? "", colors) },
      ...KNOWN.map(([name]): Cell => ({ text: readingText(member, name) })),
      { text: milliseconds(member.rttMs) },
      ...own.map((name): Cell => ({ text: readingText(member, name) })),
      { text: member.group === "" ? "-" : printable(member.group) },
      { text: member.readingsAgeMs === undefined ? "-" : milliseconds(member.readingsAgeMs) },
    ]);
  return gridLines({ columns, rows }, width, colors.bold);
}

function aggregateLines(
  { aggregates }: MonitorAnswer,
  { colors, columns: width }: TopLook,
): Line[] {
  if (aggregates.length === 0) return [];
  const columns: Column[] = [
    { title: "ALL NODES", align: "left" },
    ...["NODES", "AVG", "MIN", "MAX", "SUM", "P50", "P99"].map((title): Column => {
      return { title, align: "right" };
    }),
  ];
  const rows = aggregates.map((aggregate) => aggregateCells(aggregate));
  return gridLines({ columns, rows }, width, colors.bold);
}

function aggregateCells(aggregate: SensorAggregateAnswer): Cell[] {
  const { avg, count, max, min, name, quantiles, sum, unit } = aggregate;
  const numbers = [avg, min, max, sum, quantiles?.p50, quantiles?.p99];
  return [
    { text: printable(name) },
    { text: String(count) },
    ...numbers.map((value): Cell => ({ text: figure(value, unit) })),
  ];
}

/** Of a cluster that is one group there is nothing more to say. */
function groupLines({ groups }: MonitorAnswer, { colors, columns: width }: TopLook): Line[] {
  if (groups.length < 2) return [];
  const columns: Column[] = ["GROUP", "MONITOR", "SPEAKER"].map((title) => {
    return { title, align: "left" };
  });
  for (const title of ["SIZE", "LIVE", "SUSPECT", "DEAD", "LOAD", "MEMORY"]) {
    columns.push({ title, align: "right" });
  }
  const rows = groups.map((group): Cell[] => {
    const sensor = (name: string): Cell => {
      const found = group.aggregates.find((one) => one.name === name);
      return { text: figure(found?.avg, found?.unit ?? "") };
    };
    const { isOwn, members, name, size, speaker, verdict } = group;
    return [
      { text: printable(name), paint: isOwn ? colors.bold : undefined },
      { text: verdict, paint: paintOf(verdict, colors) },
      { text: printable(speaker ?? "-") },
      { text: String(size) },
      ...[members?.live, members?.suspect, members?.dead].map((count): Cell => {
        return { text: figure(count, "") };
      }),
      sensor("load"),
      sensor("memory"),
    ];
  });
  return gridLines({ columns, rows }, width, colors.bold);
}

/** Who suspects whom, and which alerts are on. */
function noteCells({ alerts, suspects }: MonitorAnswer, { colors }: TopLook): Cell[] {
  const observers = new Map<string, string[]>();
  for (const { observer, suspects: names } of [...suspects.members, ...suspects.groups]) {
    for (const name of names) {
      const known = observers.get(name);
      if (known === undefined) observers.set(name, [observer]);
      else known.push(observer);
    }
  }
  const doubts = [...observers].map(([name, by]): Cell => {
    const few = by.slice(0, 5).map(printable).join(", ");
    const more = by.length > 5 ? ` and ${by.length - 5} more` : "";
    return { text: `${printable(name)} is silent to ${few}${more}`, paint: colors.yellow };
  });
  const calls = alerts.map(({ firedBy, id }): Cell => {
    const by = firedBy === undefined ? "" : `, told by ${printable(firedBy)}`;
    return { text: `alert ${printable(id)}${by}`, paint: colors.red };
  });
  return [...calls, ...doubts];
}

function userSensors(members: readonly MonitoredMemberAnswer[]): string[] {
  const known = new Set<string>(KNOWN.map(([name]) => name));
  const names = new Set(members.flatMap(({ readings }) => readings.map(({ name }) => name)));
  const own = [...names].filter((name) => !known.has(name) && !HIDDEN.has(name));
  return own.sort().slice(0, OWN_COLUMNS_MAX_COUNT);
}

function readingText(member: MonitoredMemberAnswer, name: string): string {
  const reading = member.readings.find((one) => one.name === name);
  if (reading === undefined) return "-";
  const { unit, value } = reading;
  if (value === null || typeof value === "number") return figure(value, unit);
  return `${figure(
    value.counts.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    "",
  )}×`;
}

const SENSOR_OF_SORT = { load: "load", cpu: "cpu", memory: "memory", loop: "loopDelay" } as const;

/** By name and status upwards, by numbers downwards; who has none comes last. */
function bySort(sort: SortName) {
  const numberOf = (member: MonitoredMemberAnswer): number => {
    if (sort === "rtt") return member.rttMs ?? Number.NEGATIVE_INFINITY;
    if (sort === "name" || sort === "status") return 0;
    const value = member.readings.find(({ name }) => name === SENSOR_OF_SORT[sort])?.value;
    return typeof value === "number" ? value : Number.NEGATIVE_INFINITY;
  };
  return (one: MonitoredMemberAnswer, other: MonitoredMemberAnswer): number => {
    if (sort === "status" && one.status !== other.status) {
      return one.status < other.status ? 1 : -1;
    }
    const [least, most] = [numberOf(one), numberOf(other)];
    if (least !== most) return least < most ? 1 : -1;
    return one.name < other.name ? -1 : 1;
  };
}

function paintOf(status: string, colors: Colors): Cell["paint"] {
  if (status === "alive" || status === "live") return colors.green;
  if (status === "failed" || status === "dead") return colors.red;
  return status === "" ? undefined : colors.yellow;
}

function spaced(lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

/** The head and the first of a list; how many are missing in the last line. */
function firstOf(lines: readonly Line[], room: number, columns: number): Line[] {
  if (lines.length <= room) return [...lines];
  const kept = lines.slice(0, Math.max(1, room - 1));
  return [...kept, cutToWidth(`… and ${lines.length - kept.length} more`, columns)];
}
