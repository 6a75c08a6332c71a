/**
 * Questions of who follows a message, and their answers, as records of channel 27. By hand:
 *
 *   body        kind u8 (0 askArrivals, 1 askNeighbours, 2 arrivals, 3 neighbours) ‖ id varint ‖ …
 *   ask…        tag text ‖ origin text ‖ seq varint
 *   arrivals    count varint ‖ (kind + 4 means u8 ‖ from text ‖ at varint)…
 *   neighbours  active list ‖ passive list ‖ u8 (1: then eager list ‖ lazy list)
 *
 * text: length varint ‖ UTF-8. list: count varint ‖ texts.
 */
import { arrivalMeans } from "../../core/arrival.ts";
import { readList, readText, writeText } from "../../core/dot-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { TracedArrival, TracesMessage } from "./traces.messages.ts";

const kinds = ["askArrivals", "askNeighbours", "arrivals", "neighbours"] as const;
const arrivalKinds = ["published", "news", "copy"] as const;
/** Room for as many kinds; means come above. */
const KINDS = 4;
/** Larger than any node sends: neighbours are few, and arrivals bounded. */
const LIST_MAX_COUNT = 1_024;
const TEXT_MAX_LENGTH = 512;

export function encodeTraces(message: TracesMessage): Uint8Array {
  const writer = new ByteWriter(128);
  writer.byte(kinds.indexOf(message.kind));
  writer.varint(message.id);
  switch (message.kind) {
    case "askArrivals":
    case "askNeighbours":
      writeText(writer, message.tag);
      writeText(writer, message.origin);
      writer.varint(message.seq);
      break;
    case "arrivals":
      writer.varint(message.arrivals.length);
      for (const { at, from, kind, means } of message.arrivals) {
        writer.byte(arrivalKinds.indexOf(kind) + KINDS * arrivalMeans.indexOf(means));
        writeText(writer, from);
        writer.varint(at);
      }
      break;
    case "neighbours": {
      const { active, branches, passive } = message;
      writeTexts(writer, active);
      writeTexts(writer, passive);
      writer.byte(branches === undefined ? 0 : 1);
      writeTexts(writer, branches?.eager ?? []);
      writeTexts(writer, branches?.lazy ?? []);
      break;
    }
  }
  return writer.finish();
}

/** Never throws. @returns undefined for what is no message. */
export function decodeTraces(bytes: Uint8Array): TracesMessage | undefined {
  const reader = new ByteReader(bytes);
  const kind = kinds[reader.byte() ?? kinds.length];
  const id = reader.varint();
  if (kind === undefined || id === undefined) return undefined;
  switch (kind) {
    case "askArrivals":
    case "askNeighbours": {
      const tag = shortText(reader);
      const origin = shortText(reader);
      const seq = reader.varint();
      if (tag === undefined || origin === undefined || seq === undefined) return undefined;
      return { kind, id, tag, origin, seq };
    }
    case "arrivals": {
      const arrivals = readList(reader, readArrival, LIST_MAX_COUNT);
      return arrivals && { kind, id, arrivals };
    }
    case "neighbours":
      return readNeighbours(reader, id);
  }
}

function readNeighbours(reader: ByteReader, id: number): TracesMessage | undefined {
  const active = readTexts(reader);
  const passive = readTexts(reader);
  const hasBranches = reader.byte();
  const eager = readTexts(reader);
  const lazy = readTexts(reader);
  if (active === undefined || passive === undefined || hasBranches === undefined) return undefined;
  if (eager === undefined || lazy === undefined) return undefined;
  const known = { kind: "neighbours", id, active, passive } as const;
  return hasBranches === 1 ? { ...known, branches: { eager, lazy } } : known;
}

function readArrival(reader: ByteReader): TracedArrival | undefined {
  const how = reader.byte() ?? 255;
  const kind = arrivalKinds[how % KINDS];
  const means = arrivalMeans[Math.floor(how / KINDS)];
  const from = shortText(reader);
  const at = reader.varint();
  if (kind === undefined || means === undefined) return undefined;
  return from === undefined || at === undefined ? undefined : { kind, means, from, at };
}

function shortText(reader: ByteReader): string | undefined {
  const text = readText(reader);
  return text === undefined || text.length > TEXT_MAX_LENGTH ? undefined : text;
}

function writeTexts(writer: ByteWriter, texts: readonly string[]): void {
  writer.varint(Math.min(texts.length, LIST_MAX_COUNT));
  for (const text of texts.slice(0, LIST_MAX_COUNT)) writeText(writer, text);
}

function readTexts(reader: ByteReader): string[] | undefined {
  return readList(reader, shortText, LIST_MAX_COUNT);
}
