import { readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { HearsayError } from "../core/errors.ts";
import type { PastMember } from "../peers/reconnect/reconnect.contract.ts";
import { errorText } from "./error-text.ts";
import {
  PAST_FILE_MAX_BYTES,
  PAST_FILE_NAME,
  type PastKeeper,
  type PastReading,
  parsePast,
  pastText,
} from "./past-keeper.ts";
import { codeOf, replaceFile } from "./synced-file.ts";

export interface RememberedFileLogger {
  warn(message: string, fields?: object): void;
}

/**
 * `members.json` in the data directory: where a restarted node looks for the others. It is a help
 * and no more: a node starts without it, and with a damaged one; a full disk does not stop it.
 */
export class RememberedFile implements PastKeeper {
  readonly path: string;
  private readonly logger: RememberedFileLogger;
  private waiting: readonly PastMember[] | undefined;
  private writing: Promise<void> | undefined;
  private trouble = "";

  constructor(directory: string, logger: RememberedFileLogger) {
    this.path = join(directory, PAST_FILE_NAME);
    this.logger = logger;
  }

  /**
   * The members of the last life. A damaged file is set aside under another name and reported.
   * @throws HearsayError DATA_DIR when a newer release wrote it, or when it cannot be read.
   */
  read(): readonly PastMember[] {
    const reading = this.readFile();
    if (reading === undefined) return [];
    switch (reading.kind) {
      case "members":
        return reading.members;
      case "newer": {
        const fix =
          "run that release, or delete the file: the node then has to be told whom to join";
        const detail = `${this.path} is of a newer release (format ${reading.format}); ${fix}`;
        throw new HearsayError("DATA_DIR", detail);
      }
      case "damaged":
        this.setAside(reading.problem);
        return [];
    }
  }

  write(members: readonly PastMember[]): void {
    this.waiting = members;
    this.writing ??= this.writeAll();
  }

  async close(): Promise<void> {
    await this.writing;
  }

  private async writeAll(): Promise<void> {
    while (this.waiting !== undefined) {
      const members = this.waiting;
      this.waiting = undefined;
      try {
        await replaceFile(this.path, pastText(members));
        this.trouble = "";
      } catch (error) {
        this.report(`cannot be written; check space, owner and mode (${errorText(error)})`);
      }
    }
    this.writing = undefined;
  }

  private readFile(): PastReading | undefined {
    try {
      if (statSync(this.path).size > PAST_FILE_MAX_BYTES) {
        return { kind: "damaged", problem: `it has more than ${PAST_FILE_MAX_BYTES} bytes` };
      }
      return parsePast(readFileSync(this.path, "utf8"));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      const detail = `${this.path} cannot be read; check its owner and mode (${errorText(error)})`;
      throw new HearsayError("DATA_DIR", detail, { cause: error });
    }
  }

  private setAside(problem: string): void {
    const aside = `${this.path}.damaged`;
    try {
      renameSync(this.path, aside);
    } catch (error) {
      return this.report(`is damaged (${problem}), and cannot be set aside: ${errorText(error)}`);
    }
    this.report(`is damaged (${problem}) and was set aside as ${aside}; the node starts without`);
  }

  /** Once for the same trouble, however often it comes. */
  private report(trouble: string): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.logger.warn(`${this.path} ${trouble}`);
  }
}
