/** A value as it is typed: JSON, and what is no JSON is text. */
export function valueFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
