import { join } from "node:path";
import { DirectoryLock } from "../storage/directory-lock.ts";
import { NodeDisk } from "../storage/node-disk.ts";
import { NodeStore } from "./node-store.ts";

const JOURNAL_FOLDER = "journal";

/**
 * The store of a node with a data directory, which belongs to this process from now on.
 * @throws HearsayError DATA_DIR when another process has it, or it cannot be read or made
 */
export async function openStore(dataDir: string): Promise<NodeStore> {
  // Makes the data directory itself too.
  const disk = new NodeDisk(join(dataDir, JOURNAL_FOLDER));
  const lock = await DirectoryLock.take(dataDir);
  try {
    return new NodeStore(disk, () => lock.release(), dataDir);
  } catch (error) {
    await lock.release();
    throw error;
  }
}
