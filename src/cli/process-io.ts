import type { CliIo, EndSignal, Screen } from "./cli-io.ts";

const inputMaxChars = 16 * 1_048_576;

/** The real process. Nothing here throws when the reader of our output has gone (EPIPE). */
export function processIo(): CliIo {
  const readerGone = new AbortController();
  process.stdout.on("error", () => readerGone.abort());
  process.stderr.on("error", () => {});
  return {
    out: screenOf(process.stdout),
    err: screenOf(process.stderr),
    env: process.env,
    signal: readerGone.signal,
    onEndSignal,
    onKey,
    readInput,
  };
}

const endSignals = ["SIGHUP", "SIGINT", "SIGTERM"] as const;

function onEndSignal(listener: (signal: EndSignal) => void): () => void {
  for (const signal of endSignals) process.on(signal, listener);
  return () => {
    for (const signal of endSignals) process.off(signal, listener);
  };
}

function onKey(listener: (key: string) => void): () => void {
  const { stdin } = process;
  if (!stdin.isTTY) return () => {};
  const onData = (bytes: Buffer): void => {
    for (const key of bytes.toString("utf8")) listener(key);
  };
  const wasRaw = stdin.isRaw;
  stdin.setRawMode(true);
  stdin.on("data", onData);
  stdin.resume();
  return () => {
    stdin.off("data", onData);
    stdin.setRawMode(wasRaw);
    stdin.pause();
  };
}

function screenOf(stream: NodeJS.WriteStream): Screen {
  return {
    write: (text) => {
      if (!stream.destroyed) stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    get rows() {
      return stream.rows;
    },
    get columns() {
      return stream.columns ?? 80;
    },
  };
}

async function readInput(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const piece of process.stdin) {
    text += piece;
    if (text.length > inputMaxChars) break;
  }
  return text;
}
