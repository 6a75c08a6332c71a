import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { HearsayError } from "../../core/errors.ts";

/*
 * blocks-NNNNNNNNNNNN.seg     records of blocks, the first of that number (block-record.ts)
 * blocks-NNNNNNNNNNNN.idx     where they stand; made anew when it is wrong (segment-index.ts)
 * blocks-NNNNNNNNNNNN.state   what all blocks before that one came to (verified-state.ts)
 * signed                      the last header that this node has signed
 * evidence-N                  forks
 * signer.key                  the private key, when it is kept here
 */

const SEGMENT = /^blocks-(\d{12})\.seg$/;

export interface SegmentName {
  readonly name: string;
  /** Number of its first block. */
  readonly first: number;
}

export function segmentName(first: number, kind: "seg" | "idx" | "state"): string {
  return `blocks-${String(first).padStart(12, "0")}.${kind}`;
}

/** In order. @throws HearsayError DATA_DIR */
export function segmentsIn(folder: string): SegmentName[] {
  return namesIn(folder).flatMap((name) => {
    const [, digits] = SEGMENT.exec(name) ?? [];
    return digits === undefined ? [] : [{ name, first: Number(digits) }];
  });
}

/** In order. @throws HearsayError DATA_DIR */
export function evidenceIn(folder: string): Uint8Array[] {
  const names = namesIn(folder).filter((name) => /^evidence-\d+$/.test(name));
  return names.map((name) => bytesOf(folder, name));
}

/** @throws HearsayError DATA_DIR */
export function bytesOf(folder: string, name: string): Uint8Array {
  return attempt(folder, () => {
    const { buffer, byteLength, byteOffset } = readFileSync(join(folder, name));
    return new Uint8Array(buffer, byteOffset, byteLength);
  });
}

/** undefined when there is no such file. @throws HearsayError DATA_DIR */
export function bytesIfAny(folder: string, name: string): Uint8Array | undefined {
  return existsSync(join(folder, name)) ? bytesOf(folder, name) : undefined;
}

/** @throws HearsayError DATA_DIR */
export function attempt<T>(folder: string, body: () => T): T {
  try {
    return body();
  } catch (cause) {
    const reason = cause instanceof Error ? ` (${cause.message})` : "";
    throw new HearsayError("DATA_DIR", `${folder} cannot be used${reason}`, { cause });
  }
}

/** The folder of a ledger within a data directory. */
export function ledgerFolder(dataDir: string, ledger: string): string {
  const plain = encodeURIComponent(ledger).replaceAll(".", "%2E");
  // File systems take names of 255 bytes.
  const isLong = plain.length > 200;
  const hash = createHash("sha256").update(ledger).digest("hex");
  return join(dataDir, "ledgers", isLong ? hash : plain);
}

function namesIn(folder: string): string[] {
  return attempt(folder, () => readdirSync(folder).sort());
}
