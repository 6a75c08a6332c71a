import { closeSync, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../storage/make-folder.ts";

/** The whole of `text`, or what was there before: durable when this returns. */
export function replaceFileSync(path: string, text: string): void {
  makeFolder(dirname(path));
  const file = openSync(temporary(path), "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary(path), path);
  syncDirectory(dirname(path));
}

/** As `replaceFileSync`, without holding up the node while the disk works. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(temporary(path), "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary(path), path);
  if (process.platform === "win32") return;
  const directory = await open(dirname(path), "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function temporary(path: string): string {
  return `${path}.new`;
}

function syncDirectory(path: string): void {
  // Windows cannot open a directory; its rename is durable with the file.
  if (process.platform === "win32") return;
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
