import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { type HearsayNode, startNode } from "../../src/index.ts";

/** Nodes with sockets and disks, of the tests of the suite that calls this; gone after each. */
export function realNodes() {
  const opened: HearsayNode[] = [];
  const folders: string[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((node) => node.stop()));
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  });
  return {
    start: async (name: string, join: readonly string[], dataDir?: string) => {
      const disk = dataDir === undefined ? {} : { dataDir };
      const node = await startNode({ name, join, bind: "127.0.0.1:0", profile: "local", ...disk });
      opened.push(node);
      return node;
    },
    folder: (): string => {
      const folder = mkdtempSync(join(tmpdir(), "hearsay-node-"));
      folders.push(folder);
      return folder;
    },
  };
}
