import type { ChildProcess } from "node:child_process";

/** On a loaded machine a process takes most of a minute to start. */
const LIMIT_MS = 90_000;

/** What a process says first; rejects when it ends without a word, or keeps silent for too long. */
export function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`the process ${child.pid} ${what}`));
    const timer = setTimeout(() => fail(`said nothing in ${LIMIT_MS} ms`), LIMIT_MS);
    child.once("exit", (code, signal) => fail(`ended with ${code ?? signal} and had said nothing`));
    child.stdout?.once("data", (text) => {
      clearTimeout(timer);
      resolve(String(text).trim());
    });
  });
}
