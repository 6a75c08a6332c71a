import { sameBytes } from "../../core/bytes.ts";
import { encodeHex } from "../../core/hex.ts";
import { compareBytes, decodeUtf8Strict, encodeUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import {
  readSized,
  readU16,
  readU32,
  readU64,
  writeSized,
  writeU16,
  writeU32,
  writeU64,
} from "./big-endian.ts";
import {
  BLOCK_MAX_BYTES,
  EVENT_MAX_BYTES,
  EVENTS_MAX_COUNT,
  readSignatures,
  writeSignatures,
} from "./block.ts";
import { CONFIGURATION_DOMAIN, joinBytes } from "./domains.ts";
import { isCanonicalSignature, isSoundPublicKey } from "./ed25519.ts";
import { HASH_BYTES, readTime, writeTime } from "./header.ts";
import type {
  BlockSignature,
  LedgerConfiguration,
  LedgerCrypto,
  PredecessorChain,
  SignerEntry,
} from "./ledger.contract.ts";

/*
 *   "GLC1" ‖ u8 1 ‖ lp(chain name) ‖ u64 epoch ‖ u16 threshold ‖ u16 count ‖ (key id ‖ key) …
 *   ‖ u32 most skew in ms ‖ u32 most events ‖ u32 most bytes of a block ‖ of an event
 *   ‖ i64 wall ‖ u32 logical ‖ u8 0, or 1 ‖ predecessor's chain id ‖ u64 size ‖ root
 *
 * A change is lp(configuration) ‖ u16 count ‖ (key id ‖ proof of possession) …, with one proof for
 * each signer who is new. `Departs from [spec ledger §4]: no validFrom and no readers`: a signer is
 * valid from the next block on, and who may read is not for the chain to say.
 */

const MAGIC = 0x47_4c_43_31;
const VERSION = 1;
export const SIGNERS_MAX_COUNT = 64;
const CHAIN_NAME_MAX_BYTES = 128;
const SKEW_MAX_MS = 86_400_000;

export interface ConfigurationChange {
  readonly configuration: LedgerConfiguration;
  /** The bytes of the configuration. */
  readonly bytes: Uint8Array;
  readonly proofs: readonly BlockSignature[];
}

export function encodeConfiguration(configuration: LedgerConfiguration): Uint8Array {
  const { blockMaxBytes, eventMaxBytes, eventsMaxCount, predecessor } = configuration;
  const writer = new ByteWriter(256);
  writeU32(writer, MAGIC);
  writer.byte(VERSION);
  writeSized(writer, encodeUtf8(configuration.chainName));
  writeU64(writer, configuration.signerEpoch);
  writeU16(writer, configuration.threshold);
  writeU16(writer, configuration.signers.length);
  for (const { keyId, publicKey } of configuration.signers) {
    writer.bytes(keyId);
    writer.bytes(publicKey);
  }
  for (const limit of [configuration.maxSkewMs, eventsMaxCount, blockMaxBytes, eventMaxBytes]) {
    writeU32(writer, limit);
  }
  writeTime(writer, configuration.time);
  writer.byte(predecessor === undefined ? 0 : 1);
  if (predecessor !== undefined) {
    writer.bytes(predecessor.chainId);
    writeU64(writer, predecessor.size);
    writer.bytes(predecessor.root);
  }
  return writer.finish();
}

/** undefined for what is no configuration, whatever it may say. */
export function decodeConfiguration(bytes: Uint8Array): LedgerConfiguration | undefined {
  const reader = new ByteReader(bytes);
  if (readU32(reader) !== MAGIC || reader.byte() !== VERSION) return undefined;
  const nameBytes = readSized(reader);
  const chainName = nameBytes === undefined ? undefined : decodeUtf8Strict(nameBytes);
  const signerEpoch = readU64(reader);
  const threshold = readU16(reader);
  const signers = readSigners(reader);
  const maxSkewMs = readU32(reader);
  const eventsMaxCount = readU32(reader);
  const blockMaxBytes = readU32(reader);
  const eventMaxBytes = readU32(reader);
  const time = readTime(reader);
  const hasPredecessor = reader.byte();
  const predecessor = hasPredecessor === 1 ? readPredecessor(reader) : undefined;
  if (hasPredecessor === 1 ? predecessor === undefined : hasPredecessor !== 0) return undefined;
  if (chainName === undefined || signerEpoch === undefined || threshold === undefined) {
    return undefined;
  }
  if (signers === undefined || maxSkewMs === undefined || eventsMaxCount === undefined) {
    return undefined;
  }
  if (blockMaxBytes === undefined || eventMaxBytes === undefined || time === undefined) {
    return undefined;
  }
  if (reader.remainingBytes > 0) return undefined;
  const limits = { maxSkewMs, eventsMaxCount, blockMaxBytes, eventMaxBytes };
  const whole = { chainName, signerEpoch, threshold, signers, ...limits, time };
  return predecessor === undefined ? whole : { ...whole, predecessor };
}

function readSigners(reader: ByteReader): SignerEntry[] | undefined {
  const count = readU16(reader);
  if (count === undefined || count > SIGNERS_MAX_COUNT) return undefined;
  const signers: SignerEntry[] = [];
  for (let index = 0; index < count; index += 1) {
    const keyId = reader.bytes(HASH_BYTES)?.slice();
    const publicKey = reader.bytes(HASH_BYTES)?.slice();
    if (keyId === undefined || publicKey === undefined) return undefined;
    signers.push({ keyId, publicKey });
  }
  return signers;
}

function readPredecessor(reader: ByteReader): PredecessorChain | undefined {
  const chainId = reader.bytes(HASH_BYTES)?.slice();
  const size = readU64(reader);
  const root = reader.bytes(HASH_BYTES)?.slice();
  if (chainId === undefined || size === undefined || root === undefined) return undefined;
  return { chainId, size, root };
}

/** Why no chain can go by it; undefined when one can. */
export function configurationProblem(
  crypt: LedgerCrypto,
  configuration: LedgerConfiguration,
): string | undefined {
  const { chainName, signers, threshold } = configuration;
  const nameBytes = encodeUtf8(chainName).length;
  if (nameBytes < 1 || nameBytes > CHAIN_NAME_MAX_BYTES) {
    return `the chain's name has ${nameBytes} bytes, not 1 to ${CHAIN_NAME_MAX_BYTES}`;
  }
  if (signers.length < 1 || signers.length > SIGNERS_MAX_COUNT) {
    return `${signers.length} signers, not 1 to ${SIGNERS_MAX_COUNT}`;
  }
  if (threshold < 1 || threshold > signers.length) {
    return `threshold ${threshold} of ${signers.length} signers`;
  }
  return signersProblem(crypt, signers) ?? limitsProblem(configuration);
}

function signersProblem(crypt: LedgerCrypto, signers: readonly SignerEntry[]): string | undefined {
  let previous: Uint8Array | undefined;
  for (const { keyId, publicKey } of signers) {
    if (previous !== undefined && compareBytes(previous, keyId) >= 0) {
      return "the signers do not ascend by key id";
    }
    previous = keyId;
    if (!sameBytes(crypt.sha256(publicKey), keyId)) return "a key id is not the key's hash";
    if (!isSoundPublicKey(publicKey)) return "a public key is no sound point of the curve";
  }
  return undefined;
}

function limitsProblem(configuration: LedgerConfiguration): string | undefined {
  const { blockMaxBytes, eventMaxBytes, eventsMaxCount, maxSkewMs } = configuration;
  if (eventsMaxCount < 1 || eventsMaxCount > EVENTS_MAX_COUNT) {
    return `a block of ${eventsMaxCount} events, not 1 to ${EVENTS_MAX_COUNT}`;
  }
  if (blockMaxBytes < 1 || blockMaxBytes > BLOCK_MAX_BYTES) {
    return `a block of ${blockMaxBytes} bytes, not 1 to ${BLOCK_MAX_BYTES}`;
  }
  if (eventMaxBytes < 1 || eventMaxBytes > Math.min(EVENT_MAX_BYTES, blockMaxBytes)) {
    return `an event of ${eventMaxBytes} bytes`;
  }
  return maxSkewMs > SKEW_MAX_MS ? `a skew of ${maxSkewMs} ms` : undefined;
}

/** Trusted out of band: it names the chain. */
export function chainIdOf(crypt: LedgerCrypto, configurationBytes: Uint8Array): Uint8Array {
  return crypt.sha256(configurationBytes);
}

/** What a new signer signs, so that nobody is made a signer by another one's key. */
export function possessionMessage(
  chainId: Uint8Array,
  signerEpoch: number,
  publicKey: Uint8Array,
): Uint8Array {
  const writer = new ByteWriter(128);
  writer.bytes(joinBytes(CONFIGURATION_DOMAIN, chainId));
  writeU64(writer, signerEpoch);
  writer.bytes(publicKey);
  return writer.finish();
}

export function encodeChange({ bytes, proofs }: Omit<ConfigurationChange, "configuration">) {
  const writer = new ByteWriter(bytes.length + 128);
  writeSized(writer, bytes);
  writeSignatures(writer, proofs);
  return writer.finish();
}

export function decodeChange(data: Uint8Array): ConfigurationChange | undefined {
  const reader = new ByteReader(data);
  const bytes = readSized(reader);
  const proofs = readSignatures(reader);
  if (bytes === undefined || proofs === undefined || reader.remainingBytes > 0) return undefined;
  const configuration = decodeConfiguration(bytes);
  return configuration === undefined ? undefined : { configuration, bytes, proofs };
}

/** Why `change` cannot follow `current`; undefined when it can. [spec ledger §4] */
export function changeProblem(
  crypt: LedgerCrypto,
  chainId: Uint8Array,
  current: LedgerConfiguration,
  change: ConfigurationChange,
): string | undefined {
  const { configuration: next, proofs } = change;
  if (next.signerEpoch !== current.signerEpoch + 1) {
    return `epoch ${next.signerEpoch} after ${current.signerEpoch}`;
  }
  if (next.chainName !== current.chainName) return "the chain's name changes";
  if (next.predecessor !== undefined) return "a predecessor can be named by a genesis alone";
  const problem = configurationProblem(crypt, next);
  if (problem !== undefined) return problem;
  const known = new Set(current.signers.map(({ keyId }) => encodeHex(keyId)));
  const fresh = next.signers.filter(({ keyId }) => !known.has(encodeHex(keyId)));
  if (proofs.length !== fresh.length) {
    return `${proofs.length} proofs of possession of ${fresh.length} new keys`;
  }
  for (const [index, { keyId, publicKey }] of fresh.entries()) {
    // Both ascend by key id, so that a change has one form.
    const proof = proofs[index];
    const message = possessionMessage(chainId, next.signerEpoch, publicKey);
    const isGood =
      proof !== undefined &&
      sameBytes(proof.keyId, keyId) &&
      isCanonicalSignature(proof.signature) &&
      crypt.verify(publicKey, message, proof.signature);
    if (!isGood) return "a new signer does not prove to hold its key";
  }
  return undefined;
}
