import { decodeBase64Url, encodeBase64Url } from "../../core/base64.ts";
import { sameBytes } from "../../core/bytes.ts";
import { decodeHex, encodeHex } from "../../core/hex.ts";
import { decodeBlock, encodeBlock, SIGNATURES_MAX_COUNT } from "./block.ts";
import { genesisBlock } from "./genesis.ts";
import {
  blockSignatureMessage,
  decodeHeader,
  encodeHeader,
  HASH_BYTES,
  headerHash,
} from "./header.ts";
import type {
  Block,
  BlockHeader,
  BlockSignature,
  LedgerConfiguration,
  LedgerCrypto,
  LedgerEvent,
} from "./ledger.contract.ts";
import { decodeEvent } from "./ledger-event.ts";
import { inclusionPath, isIncluded, MerkleHasher, rangeRootOf } from "./merkle.ts";
import { countSignatures } from "./signatures.ts";
import { configurationOfBlock } from "./succession.ts";

/** That an event is in a chain, for somebody who knows no more of it than its id. */
export interface LedgerProof {
  readonly event: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
  readonly header: BlockHeader;
  readonly signatures: readonly BlockSignature[];
  /** The genesis, and all later configurations up to the epoch of the header. */
  readonly configurations: readonly Block[];
}

/** JSON, as it is kept in files. Bytes are base64url, hashes hex. [spec ledger §9] */
export interface LedgerProofJson {
  readonly v: 1;
  readonly chainId: string;
  readonly eventBytes: string;
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
  readonly header: string;
  readonly signatures: readonly { readonly keyId: string; readonly sig: string }[];
  readonly configs: readonly string[];
}

export type ProofVerdict =
  | { readonly kind: "valid"; readonly event: LedgerEvent; readonly hash: Uint8Array }
  | { readonly kind: "invalid"; readonly reason: string };

/** Paths of larger trees have no more hashes. */
const PATH_MAX_COUNT = 64;
const CONFIGURATIONS_MAX_COUNT = 100_000;

export function proveEvent(
  crypt: LedgerCrypto,
  block: Block,
  index: number,
  configurations: readonly Block[],
): LedgerProof | undefined {
  const event = block.events[index];
  if (event === undefined) return undefined;
  const hasher = new MerkleHasher(crypt);
  const leaves = block.events.map((one) => hasher.leaf(one));
  const path = inclusionPath(rangeRootOf(hasher, leaves), index, leaves.length);
  const { header, signatures } = block;
  return { event, index, size: leaves.length, path, header, signatures, configurations };
}

/** `chainId` is what the caller trusts, from elsewhere. Never throws. */
export function checkProof(
  crypt: LedgerCrypto,
  chainId: Uint8Array,
  proof: LedgerProof,
): ProofVerdict {
  const { header, index, path, signatures, size } = proof;
  if (!sameBytes(header.chainId, chainId)) return invalid("the header is of another chain");
  const configuration = configurationAt(crypt, chainId, proof);
  if (typeof configuration === "string") return invalid(configuration);
  const hash = headerHash(crypt, header);
  const message = blockSignatureMessage(hash);
  const { threshold } = configuration;
  // The genesis is what its configuration says, and that is what the chain is named by.
  if (header.number > 0) {
    const claim = { configuration, message, signatures };
    const { goodCount } = countSignatures(crypt, claim, "live");
    if (goodCount < threshold) return invalid(`${goodCount} good signatures, not ${threshold}`);
  } else {
    const genesis = genesisBlock(crypt, configuration).header;
    if (!sameBytes(hash, headerHash(crypt, genesis))) return invalid("it is not the genesis");
  }
  if (size !== header.eventCount) return invalid("the block has another count of events");
  const hasher = new MerkleHasher(crypt);
  const leaf = hasher.leaf(proof.event);
  if (!isIncluded(hasher, { index, size, leaf, path, root: header.eventsRoot })) {
    return invalid("the event is not in the block");
  }
  const event = decodeEvent(crypt, proof.event);
  return event === undefined ? invalid("these bytes are no event") : { kind: "valid", event, hash };
}

/** Who signs a block of the header's epoch; a reason where that cannot be told. */
function configurationAt(
  crypt: LedgerCrypto,
  chainId: Uint8Array,
  { configurations, header }: LedgerProof,
): LedgerConfiguration | string {
  let current: LedgerConfiguration | undefined;
  for (const block of configurations) {
    const next = configurationOfBlock(crypt, chainId, block, current);
    if (typeof next === "string") return next;
    current = next;
  }
  if (current === undefined) return "no configuration";
  if (current.signerEpoch === header.signerEpoch) return current;
  return `the configurations end with epoch ${current.signerEpoch}, not ${header.signerEpoch}`;
}

export function proofToJson(proof: LedgerProof): LedgerProofJson {
  return {
    v: 1,
    chainId: encodeHex(proof.header.chainId),
    eventBytes: encodeBase64Url(proof.event),
    index: proof.index,
    size: proof.size,
    path: proof.path.map(encodeHex),
    header: encodeBase64Url(encodeHeader(proof.header)),
    signatures: proof.signatures.map(({ keyId, signature }) => ({
      keyId: encodeHex(keyId),
      sig: encodeBase64Url(signature),
    })),
    configs: proof.configurations.map((block) => encodeBase64Url(encodeBlock(block))),
  };
}

/** undefined for what is no proof of this version, whatever it is. */
export function proofFromJson(json: unknown): LedgerProof | undefined {
  if (typeof json !== "object" || json === null || !("v" in json) || json.v !== 1) return undefined;
  const fields = new Map<string, unknown>(Object.entries(json));
  const headerBytes = bytesOf(fields.get("header"));
  const header = headerBytes === undefined ? undefined : decodeHeader(headerBytes);
  const event = bytesOf(fields.get("eventBytes"));
  const index = fields.get("index");
  const size = fields.get("size");
  const path = listOf(fields.get("path"), hashOf, PATH_MAX_COUNT);
  const signatures = listOf(fields.get("signatures"), signatureOf, SIGNATURES_MAX_COUNT);
  const configurations = listOf(fields.get("configs"), blockOf, CONFIGURATIONS_MAX_COUNT);
  if (header === undefined || event === undefined || path === undefined) return undefined;
  if (typeof index !== "number" || typeof size !== "number") return undefined;
  if (signatures === undefined || configurations === undefined) return undefined;
  if (fields.get("chainId") !== encodeHex(header.chainId)) return undefined;
  return { event, index, size, path, header, signatures, configurations };
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === "string" ? decodeBase64Url(value) : undefined;
}

function hashOf(value: unknown): Uint8Array | undefined {
  const bytes = typeof value === "string" ? decodeHex(value) : undefined;
  return bytes?.length === HASH_BYTES ? bytes : undefined;
}

function blockOf(value: unknown): Block | undefined {
  const bytes = bytesOf(value);
  return bytes === undefined ? undefined : decodeBlock(bytes);
}

function signatureOf(value: unknown): BlockSignature | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("keyId" in value) || !("sig" in value)) return undefined;
  const keyId = hashOf(value.keyId);
  const signature = bytesOf(value.sig);
  return keyId === undefined || signature === undefined ? undefined : { keyId, signature };
}

function listOf<T>(
  value: unknown,
  one: (value: unknown) => T | undefined,
  maxCount: number,
): T[] | undefined {
  if (!Array.isArray(value) || value.length > maxCount) return undefined;
  const list: T[] = [];
  for (const item of value) {
    const read = one(item);
    if (read === undefined) return undefined;
    list.push(read);
  }
  return list;
}

function invalid(reason: string): ProofVerdict {
  return { kind: "invalid", reason };
}
