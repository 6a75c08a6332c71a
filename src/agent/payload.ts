/** Bytes for JSON: always as base64, and as text when they are UTF-8. */
export function textAndBase64(bytes: Uint8Array): { text?: string; base64: string } {
  const base64 = Buffer.from(bytes).toString("base64");
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), base64 };
  } catch {
    return { base64 };
  }
}
