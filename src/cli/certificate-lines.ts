import type { EverywhereAnswer } from "../agent/routes/certificates.messages.ts";
import { type CliIo, colorsOf } from "./cli-io.ts";
import { printable } from "./printable.ts";
import { tablePrinter } from "./table.ts";

const whys = {
  unseen: "has not seen it",
  unheld: "has seen it, and holds neither it nor a successor",
  closed: "takes no part in it",
  silent: "has not answered",
  unreachable: "no link speaks to it",
  absent: "nobody of this name lives",
} as const;

/** A certificate, or what there is of one, for people. */
export async function certificateLines(answer: EverywhereAnswer, io: CliIo): Promise<string[]> {
  const { dot, evidence, everywhere, gone, missing } = answer;
  const count = `${evidence.length} of ${evidence.length + missing.length} members`;
  const what = `${printable(dot.origin)}:${dot.seq}`;
  const print = await tablePrinter(colorsOf(io.out, io.env));
  const has = evidence.map(({ at, durable, how, origin, standing }) => {
    const disk = durable === undefined ? "" : durable ? "on disk" : "in memory";
    return [printable(origin), standing, how, disk, new Date(at).toISOString()];
  });
  const hasNot = missing.map(({ at, name, why }) => {
    const when = at === undefined ? "" : new Date(at).toISOString();
    return [printable(name), "missing", whys[why], "", when];
  });
  return [
    `${everywhere ? "Everywhere" : "Not everywhere"}: ${count} are known to have ${what}.`,
    print(["LIFE", "HAS IT", "HOW KNOWN", "WHERE", "WHEN"], [...has, ...hasNot]),
    ...gone.map(({ how, name }) => `${printable(name)} ${how} meanwhile`),
  ];
}
