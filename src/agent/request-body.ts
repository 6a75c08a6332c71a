import { HearsayError } from "../core/errors.ts";

/**
 * The JSON of a request, `{}` for none. Read here and counted as it comes, whatever length was
 * announced, for a chunked body announces none.
 * @throws HearsayError ADMIN_TOO_LARGE, ADMIN_BAD_REQUEST
 */
export async function readJson(request: Request, maxBytes: number): Promise<unknown> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const parts: Uint8Array[] = [];
  let bytesCount = 0;
  const body: AsyncIterable<Uint8Array> | null = request.body;
  for await (const part of body ?? []) {
    bytesCount += part.length;
    if (bytesCount > maxBytes) throw tooLarge(maxBytes);
    parts.push(part);
  }
  const text = Buffer.concat(parts).toString("utf8");
  try {
    return JSON.parse(text === "" ? "{}" : text);
  } catch {
    throw new HearsayError("ADMIN_BAD_REQUEST", "The body is no JSON.");
  }
}

function tooLarge(maxBytes: number): HearsayError {
  return new HearsayError("ADMIN_TOO_LARGE", `A request body may hold ${maxBytes} bytes.`);
}
