import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { DemoNodeSetup, Order, Report } from "./demo.messages.ts";
import { demoDefaults } from "./demo.options.ts";

export interface ProcessListener {
  onReport(name: string, report: Report): void;
  /** `stderr` is the last that the process wrote. */
  onExit(name: string, stderr: string): void;
}

/** One node process, as the demonstration drives it. */
export interface DemoProcess {
  readonly name: string;
  readonly pid: number;
  order(order: Order): void;
  /** SIGKILL: the node has no chance to say goodbye. */
  kill(): void;
  /** Asks it to stop, kills it when it does not; resolves when it is gone. */
  end(): Promise<void>;
}

export type SpawnProcess = (setup: DemoNodeSetup, listener: ProcessListener) => DemoProcess;

/** Forks a process of its own with sockets of its own. */
export const spawnProcess: SpawnProcess = (setup, listener) => {
  // Beside this file, with its own ending: .js when built.
  const entry = import.meta.url.replace(/demo-process(\.\w+)$/, "demo-node$1");
  const child = fork(fileURLToPath(entry), [JSON.stringify(setup)], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const { name } = setup;
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-demoDefaults.stderrMaxCount);
  });
  child.on("message", (report: Report) => listener.onReport(name, report));
  child.on("error", (error) => {
    stderr += String(error);
  });
  child.once("close", () => listener.onExit(name, stderr.trim()));
  return {
    name,
    pid: child.pid ?? 0,
    // A process that has just died cannot be told; its exit tells us.
    order: (order) => void child.send(order, () => {}),
    kill: () => void child.kill("SIGKILL"),
    end: () => endProcess(child),
  };
};

async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), demoDefaults.stopTimeoutMs);
  if (child.connected) child.send({ kind: "stop" } satisfies Order, () => {});
  else child.kill("SIGKILL");
  await gone;
  clearTimeout(timer);
}
