import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { HearsayError } from "../core/errors.ts";
import { checksumOf, jsonOf } from "./checksummed-text.ts";
import type { BootKeeper, BootRecord } from "./node-host.ts";
import { codeOf, replaceFileSync } from "./synced-file.ts";

const FILE_NAME = "node.json";
const FORMAT = 1;

/**
 * `node.json` in the data directory, one line of checksum and one of JSON. A boot is written and
 * synced before it is first used, so that a crash never makes one used twice.
 */
export class BootFile implements BootKeeper {
  readonly path: string;

  constructor(directory: string) {
    this.path = join(directory, FILE_NAME);
  }

  /**
   * Begins a new life: at least one above the last, and never below the wall clock, which helps
   * when the directory was restored from an old copy.
   * @throws HearsayError DATA_DIR
   */
  begin(nowMs: number): BootRecord {
    const last = this.read();
    const boot = Math.max(nowMs, (last?.boot ?? 0) + 1);
    const record = { boot, nameSuffix: last?.nameSuffix ?? randomSuffix() };
    this.write(record);
    return record;
  }

  /** @throws HearsayError DATA_DIR when there is a file that cannot be understood. */
  read(): BootRecord | undefined {
    let text: string;
    try {
      text = readFileSync(this.path, "utf8");
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw this.failure("cannot be read; check its owner and mode", error);
    }
    const record = parse(text);
    if (record !== undefined) return record;
    const fix = "restore it from a copy, or delete it: the node then starts a new life";
    throw this.failure(`is damaged, or of a newer release; ${fix}`);
  }

  /** Durable on return: file, rename and directory are synced. @throws HearsayError DATA_DIR */
  write(record: BootRecord): void {
    const body = JSON.stringify({ format: FORMAT, ...record });
    try {
      replaceFileSync(this.path, `${checksumOf(body)}\n${body}\n`);
    } catch (error) {
      throw this.failure("cannot be written; check space, owner and mode", error);
    }
  }

  private failure(what: string, cause?: unknown): HearsayError {
    const reason = cause instanceof Error ? ` (${cause.message})` : "";
    return new HearsayError("DATA_DIR", `${this.path} ${what}${reason}`, { cause });
  }
}

export function randomSuffix(): string {
  return randomBytes(3).toString("hex");
}

function parse(text: string): BootRecord | undefined {
  const [sum, body] = text.split("\n");
  if (body === undefined || sum !== checksumOf(body)) return undefined;
  const fields = jsonOf(body);
  if (typeof fields !== "object" || fields === null) return undefined;
  if (!("format" in fields) || fields.format !== FORMAT) return undefined;
  if (!("boot" in fields) || !("nameSuffix" in fields)) return undefined;
  const { boot, nameSuffix } = fields;
  if (typeof boot !== "number" || !Number.isSafeInteger(boot + 1) || boot < 0) return undefined;
  return typeof nameSuffix === "string" ? { boot, nameSuffix } : undefined;
}
