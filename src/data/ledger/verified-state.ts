import { crc32c } from "../../core/crc32c.ts";
import { readDotSet, writeDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readSized, readU32, readU64, writeSized, writeU32, writeU64 } from "./big-endian.ts";
import { configurationProblem, decodeConfiguration, encodeConfiguration } from "./configuration.ts";
import { decodeHeader, encodeHeader, HASH_BYTES, HEADER_BYTES, headerHash } from "./header.ts";
import type { LedgerCrypto } from "./ledger.contract.ts";
import { MerkleFrontier, MerkleHasher } from "./merkle.ts";
import type { VerifiedState } from "./verification.ts";

/*
 * "GLS1" ‖ header ‖ lp(configuration) ‖ u64 blocks ‖ u32 roots ‖ root … ‖ u32 changes ‖ u64 … ‖ ids
 * of all events ‖ u32 CRC-32C of all before. A cache: the blocks before it say the same.
 */

const MAGIC = 0x47_4c_53_31;
/** Of one's own disk. */
const BOUNDS = { originsMaxCount: 16_777_216, rangesMaxCount: 16_777_216 };

export function encodeVerified({ configurationNumbers, head, seen, tree }: VerifiedState) {
  const writer = new ByteWriter(1_024);
  writeU32(writer, MAGIC);
  writer.bytes(encodeHeader(head.header));
  writeSized(writer, encodeConfiguration(head.configuration));
  writeU64(writer, tree.size);
  writeU32(writer, tree.roots.length);
  for (const root of tree.roots) writer.bytes(root);
  writeU32(writer, configurationNumbers.length);
  for (const number of configurationNumbers) writeU64(writer, number);
  writeDotSet(writer, seen);
  writeU32(writer, crc32c(writer.finish()));
  return writer.finish();
}

/** undefined for bytes that were changed, or are of another version. */
export function decodeVerified(crypt: LedgerCrypto, bytes: Uint8Array): VerifiedState | undefined {
  const body = bytes.subarray(0, Math.max(0, bytes.length - 4));
  if (readU32(new ByteReader(bytes, body.length)) !== crc32c(body)) return undefined;
  const reader = new ByteReader(body);
  if (readU32(reader) !== MAGIC) return undefined;
  const headerBytes = reader.bytes(HEADER_BYTES);
  const header = headerBytes === undefined ? undefined : decodeHeader(headerBytes);
  const configurationBytes = readSized(reader);
  const configuration =
    configurationBytes === undefined ? undefined : decodeConfiguration(configurationBytes);
  const size = readU64(reader);
  const roots = readMany(reader, () => reader.bytes(HASH_BYTES)?.slice());
  const configurationNumbers = readMany(reader, () => readU64(reader));
  const seen = readDotSet(reader, BOUNDS);
  if (header === undefined || configuration === undefined || size === undefined) return undefined;
  if (roots === undefined || configurationNumbers === undefined || seen === undefined) {
    return undefined;
  }
  if (configurationProblem(crypt, configuration) !== undefined) return undefined;
  const tree = MerkleFrontier.of(new MerkleHasher(crypt), size, roots);
  if (tree === undefined || reader.remainingBytes > 0) return undefined;
  const head = { header, hash: headerHash(crypt, header), configuration };
  return { head, seen, tree, configurationNumbers };
}

function readMany<T>(reader: ByteReader, one: () => T | undefined): T[] | undefined {
  const count = readU32(reader);
  if (count === undefined || count > reader.remainingBytes) return undefined;
  const list: T[] = [];
  for (let index = 0; index < count; index += 1) {
    const item = one();
    if (item === undefined) return undefined;
    list.push(item);
  }
  return list;
}
