import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JournalPosition } from "../core/env.ts";
import { DirectoryLock } from "./directory-lock.ts";
import { Journal } from "./journal.ts";
import { NodeDisk } from "./node-disk.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hearsay-disk-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function opened(segmentMaxBytes = 1_000, folder = "data") {
  const disk = new NodeDisk(join(directory, folder));
  let onDurable: (position: number) => void = () => {};
  const listener = {
    onDurable: (position: JournalPosition) => onDurable(position),
    onFailure: (error: Error) => {
      throw error;
    },
  };
  const journal = new Journal(disk, listener, { segmentMaxBytes });
  const durable = (): Promise<void> =>
    new Promise((resolve) => {
      onDurable = (position) => {
        if (position === journal.last) resolve();
      };
      journal.flush();
    });
  const close = (): Promise<void> => new Promise((resolve) => journal.close(resolve));
  return { journal, durable, close };
}

describe("a journal on a real disk", () => {
  it("begins what it is asked for before whatever is put off later", async () => {
    const disk = new NodeDisk(join(directory, "data"));
    const append = (text: string): Promise<void> =>
      new Promise((resolve) => disk.append("f", bytesOf(text), () => resolve()));
    await append("one ");
    const path = join(directory, "data", "f");
    const seen: boolean[] = [];
    const hasTwo = (): boolean => readFileSync(path, "utf8").includes("two");
    disk.soon(() => {
      disk.append("f", bytesOf("two"), () => {});
      // It has been asked for, and whoever asks is still in the middle of something.
      seen.push(hasTwo());
    });
    await new Promise<void>((resolve) => {
      queueMicrotask(() => {
        seen.push(hasTwo());
        resolve();
      });
    });
    expect(seen).toEqual([false, true]);
    await new Promise<void>((resolve) => disk.close(() => resolve()));
  });

  it("is there again after a restart, in as few files as its snapshots allow", async () => {
    const first = await opened();
    for (let step = 1; step <= 100; step += 1) {
      first.journal.append("a", bytesOf(`record ${step} of a journal that fills several files`));
      if (step % 10 === 0) await first.durable();
    }
    first.journal.snapshot("a", bytesOf("1 to 90"), 90 as JournalPosition);
    await first.close();
    const second = await opened();
    const found = second.journal.takeRecovered("a");
    expect(found.tail.map(({ position }) => position)).toEqual([
      91, 92, 93, 94, 95, 96, 97, 98, 99, 100,
    ]);
    second.journal.append("a", bytesOf("more"));
    await second.durable();
    second.journal.snapshot("a", bytesOf("all"), second.journal.last);
    await second.close();
    const third = await opened();
    expect(third.journal.takeRecovered("a").tail).toEqual([]);
    await third.close();
    expect(readdirSync(join(directory, "data")).length).toBeLessThanOrEqual(4);
  });

  it("has zeros ahead while it is open, which are no torn batch after a crash", async () => {
    const first = await opened(1_000_000);
    const texts = Array.from({ length: 40 }, (_, step) => `${step} ${"x".repeat(step * 100)}\0\0`);
    for (const text of texts) {
      first.journal.append("a", bytesOf(text));
      await first.durable();
    }
    cpSync(join(directory, "data"), join(directory, "crashed"), { recursive: true });
    await first.close();
    const sizeIn = (folder: string): number => {
      const files = readdirSync(join(directory, folder)).map((name) => join(folder, name));
      return files.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
    };
    expect(sizeIn("crashed")).toBeGreaterThan(sizeIn("data") + 10_000);
    for (const folder of ["data", "crashed"]) {
      const { close, journal } = await opened(1_000_000, folder);
      expect(journal.tornBytes).toBe(0);
      const { tail } = journal.takeRecovered("a");
      expect(tail.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(texts);
      await close();
    }
    expect(sizeIn("crashed")).toBe(sizeIn("data"));
  });

  it("cannot be opened where a file stands in the way, and says where", () => {
    writeFileSync(join(directory, "data"), "a file");
    expect(() => new NodeDisk(join(directory, "data"))).toThrow(`${directory}/data cannot be made`);
  });
});

describe("the lock of a directory", () => {
  it("is held by one, and free again after release", async () => {
    const lock = await DirectoryLock.take(directory);
    await expect(DirectoryLock.take(directory)).rejects.toThrow("in use by another process");
    await lock.release();
    await (await DirectoryLock.take(directory)).release();
  });

  it("that a crash left behind is taken over, by one of many that try", async () => {
    writeFileSync(join(directory, "lock.sock"), "no socket that anybody answers at");
    const takers = Array.from({ length: 5 }, () => DirectoryLock.take(directory));
    const outcomes = await Promise.allSettled(takers);
    const held = outcomes.filter((outcome) => outcome.status === "fulfilled");
    expect(held).toHaveLength(1);
    await held[0]?.value.release();
  });

  it("works where the path is too long for a socket", async () => {
    const { mkdirSync } = await import("node:fs");
    const deep = join(directory, "d".repeat(120));
    mkdirSync(deep);
    const lock = await DirectoryLock.take(deep);
    await expect(DirectoryLock.take(deep)).rejects.toThrow("in use");
    await lock.release();
  });

  // Elsewhere a full queue looks like nobody.
  it.runIf(process.platform === "linux")(
    "is not taken from a process that is stopped, however many ask for it",
    async () => {
      const path = JSON.stringify(join(directory, "lock.sock"));
      const told = '() => console.log("listens")';
      const listening = `server.listen({ path: ${path}, backlog: 1 }, ${told})`;
      const script = `const server = require("net").createServer(); ${listening}`;
      const owner = spawn(process.execPath, ["-e", script], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      try {
        await once(owner.stdout, "data");
        owner.kill("SIGSTOP");
        const askers = Array.from({ length: 4 }, () => connect(join(directory, "lock.sock")));
        for (const asker of askers) asker.on("error", () => {});
        await expect(DirectoryLock.take(directory)).rejects.toThrow("in use by another process");
        for (const asker of askers) asker.destroy();
      } finally {
        owner.kill("SIGKILL");
      }
    },
  );
});
