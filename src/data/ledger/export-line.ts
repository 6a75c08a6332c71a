import { decodeBase64, encodeBase64 } from "../../core/base64.ts";
import { encodeHex } from "../../core/hex.ts";
import { decodeBlock, encodeBlock } from "./block.ts";
import { headerHash } from "./header.ts";
import type { Block, LedgerCrypto } from "./ledger.contract.ts";

/** `{"block":base64,"hash":hex}`, in this one form. [spec ledger §9] */
const LINE = /^\{"block":"([A-Za-z0-9+/]*={0,2})","hash":"([0-9a-f]{64})"\}$/;

export function exportLine(crypt: LedgerCrypto, block: Block): string {
  const hash = encodeHex(headerHash(crypt, block.header));
  return `{"block":"${encodeBase64(encodeBlock(block))}","hash":"${hash}"}`;
}

/** Without the end of line; undefined for what is not the one form of such a line. */
export function blockOfLine(crypt: LedgerCrypto, line: string): Block | undefined {
  const [, text, hash] = LINE.exec(line) ?? [];
  const bytes = text === undefined ? undefined : decodeBase64(text);
  const block = bytes === undefined ? undefined : decodeBlock(bytes);
  if (block === undefined) return undefined;
  return encodeHex(headerHash(crypt, block.header)) === hash ? block : undefined;
}
