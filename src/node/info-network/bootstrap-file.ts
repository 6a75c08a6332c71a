import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { BootstrapStorage } from "../../data/info-network/info-network.contract.ts";
import {
  decodeBootstrapInfo,
  encodeBootstrapInfo,
} from "../../data/info-network/node-descriptor.wire.ts";
import type { Logger } from "../api.ts";
import { errorText } from "../error-text.ts";
import { codeOf, replaceFile } from "../synced-file.ts";

const FILE_NAME = "info-bootstrap.pb";
/** [because: 10,000 addresses of the longest names] */
const FILE_MAX_BYTES = 4 * 1024 * 1024;
const NETWORK = "tcp";

/**
 * `info-bootstrap.pb` in the data directory: where a node that starts again looks for the network.
 * It is a help and no more: what is damaged counts as nothing, and a full disk stops nobody.
 */
export class BootstrapFile implements BootstrapStorage {
  readonly addresses: readonly string[];
  private readonly path: string;
  private readonly logger: Pick<Logger, "warn">;
  private waiting: readonly string[] | undefined;
  private writing: Promise<void> | undefined;
  private trouble = "";

  constructor(directory: string, logger: Pick<Logger, "warn">) {
    this.path = join(directory, FILE_NAME);
    this.logger = logger;
    this.addresses = this.read();
  }

  write(addresses: readonly string[]): void {
    this.waiting = addresses;
    this.writing ??= this.writeAll();
  }

  /** Resolves when what was written is on disk. */
  async close(): Promise<void> {
    await this.writing;
  }

  private read(): readonly string[] {
    try {
      if (statSync(this.path).size > FILE_MAX_BYTES) return this.damaged("it is too large");
      const addresses = decodeBootstrapInfo(readFileSync(this.path));
      return addresses?.map(({ address }) => address) ?? this.damaged("it cannot be read");
    } catch (error) {
      return codeOf(error) === "ENOENT" ? [] : this.damaged(errorText(error));
    }
  }

  private damaged(problem: string): readonly string[] {
    this.report(`is of no use (${problem}): the node starts without it`);
    return [];
  }

  private async writeAll(): Promise<void> {
    while (this.waiting !== undefined) {
      const addresses = this.waiting.map((address) => ({ network: NETWORK, address }));
      this.waiting = undefined;
      try {
        await replaceFile(this.path, encodeBootstrapInfo(addresses));
        this.trouble = "";
      } catch (error) {
        this.report(`cannot be written; check space, owner and mode (${errorText(error)})`);
      }
    }
    this.writing = undefined;
  }

  /** Once for the same trouble, however often it comes. */
  private report(trouble: string): void {
    if (trouble === this.trouble) return;
    this.trouble = trouble;
    this.logger.warn(`${this.path} ${trouble}`);
  }
}
