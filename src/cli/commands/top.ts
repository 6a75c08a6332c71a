import { type Command, Option } from "commander";
import type { AdminClient } from "../../agent/admin-client.ts";
import type { MonitorAnswer } from "../../agent/routes/monitor.messages.ts";
import { type CliIo, colorsOf, printJson, printLine, withProgress } from "../cli-io.ts";
import { type AdminFlags, addAdminCommand, adminClient, wholeNumber } from "../command.ts";
import { printable } from "../printable.ts";
import { cutToWidth } from "../top/text-width.ts";
import { TopScreen } from "../top/top-screen.ts";
import { type SortName, sortNames, topLines } from "../top/top-view.ts";

const INTERVAL_S = 2;
const ROWS = 24;
const INTERRUPT = "\u0003";

interface TopFlags extends AdminFlags {
  readonly once?: boolean;
  readonly interval: number;
  readonly sort: SortName;
}

export function addTop(program: Command, io: CliIo): void {
  addAdminCommand(program, {
    usage: "top",
    summary: "members with what they measure, what it comes to, and who is thought dead",
    examples: ["hearsay top", "hearsay top --once", "hearsay top --sort load --json"],
    notes:
      "On a terminal it goes on until q or Ctrl-C; s sorts by the next column. Elsewhere, and\n" +
      "with --once or --json, it shows one moment and ends.",
  })
    .option("--once", "show this moment, and end")
    .option("--interval <s>", "seconds between two looks", wholeNumber(1, 3_600), INTERVAL_S)
    .addOption(
      new Option("--sort <column>", "what members are sorted by")
        .choices(sortNames)
        .default("name"),
    )
    .action((flags: TopFlags) => {
      const isLive = io.out.isTerminal && io.env.TERM !== "dumb";
      return flags.once || flags.json || !isLive ? showOnce(flags, io) : new Top(flags, io).run();
    });
}

async function showOnce(flags: TopFlags, io: CliIo): Promise<void> {
  const answer = await withProgress(io, "Asking the agent …", adminClient(flags, io).monitor());
  if (flags.json) return printJson(io, answer);
  const colors = colorsOf(io.out, io.env);
  // A file or a pipe is as wide as need be.
  const columns = io.out.isTerminal ? io.out.columns : Number.MAX_SAFE_INTEGER;
  const look = { columns, rows: undefined, colors, sort: flags.sort, at: Date.now() };
  printLine(io, topLines(answer, look).join("\n"));
}

/** The live view: it looks, draws, and waits for a key, a signal or the next look. */
class Top {
  private readonly io: CliIo;
  private readonly client: AdminClient;
  private readonly screen: TopScreen;
  private readonly intervalMs: number;
  private sort: SortName;
  private answer: MonitorAnswer | undefined;
  private at = 0;
  private problem: string | undefined;
  private isEnding = false;
  private wake: () => void = () => {};

  constructor(flags: TopFlags, io: CliIo) {
    this.io = io;
    this.client = adminClient(flags, io);
    this.screen = new TopScreen(io);
    this.intervalMs = flags.interval * 1_000;
    this.sort = flags.sort;
  }

  /** @throws HearsayError as the first look; later ones may fail, and are told on the screen. */
  async run(): Promise<void> {
    const { io, screen } = this;
    this.take(await this.client.monitor());
    const end = (): void => {
      this.isEnding = true;
      this.wake();
    };
    const unlisten = io.onEndSignal(end);
    const unread = io.onKey((key) => this.onKey(key, end));
    io.signal.addEventListener("abort", end, { once: true });
    screen.open();
    try {
      while (!this.isEnding) {
        this.draw();
        await this.pause();
        if (!this.isEnding) await this.look();
      }
    } finally {
      screen.close();
      io.signal.removeEventListener("abort", end);
      unread();
      unlisten();
    }
  }

  private onKey(key: string, end: () => void): void {
    if (key === "q" || key === "Q" || key === INTERRUPT) return end();
    if (key !== "s" && key !== "S") return;
    const next = (sortNames.indexOf(this.sort) + 1) % sortNames.length;
    this.sort = sortNames[next] ?? "name";
    this.draw();
  }

  private async look(): Promise<void> {
    try {
      this.take(await this.client.monitor());
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
  }

  private take(answer: MonitorAnswer): void {
    this.answer = answer;
    this.at = Date.now();
    this.problem = undefined;
  }

  private draw(): void {
    const { answer, at, io, problem, sort } = this;
    if (answer === undefined) return;
    const colors = colorsOf(io.out, io.env);
    const { columns, rows = ROWS } = io.out;
    const lines = topLines(answer, { columns, rows, colors, sort, at });
    if (problem !== undefined) lines[0] = colors.red(cutToWidth(printable(problem), columns));
    this.screen.draw(lines);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.intervalMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
