import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("./memberlist/", import.meta.url);

/** Bytes captured from, or made by, the real programs, and what they mean. */
export interface Vector {
  readonly name: string;
  readonly transport: "udp" | "tcp" | "none";
  readonly direction: string;
  readonly hex: string;
  readonly decoded: Readonly<Record<string, unknown>>;
  /** AES key in hex. */
  readonly key?: string;
  readonly notes: string;
}

export function vectorFiles(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort();
}

export function vectorsIn(file: string): readonly Vector[] {
  const vectors: readonly Vector[] = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  return vectors;
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
