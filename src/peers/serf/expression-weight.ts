/** A Unicode class is hundreds of ranges. */
const UNICODE_CLASS_WEIGHT = 16;

const repetition = /\{(\d{1,5})(?:,(\d{0,5}))?\}/y;
/** A Unicode class, an escaped character, a class in brackets, or any other character. */
const atom = /\\[pP](?:\{[^}]*\}|.)|\\.|\[(?:\\.|[^\]\\])*\]|./sy;
const unicodeClass = /\\[pP]/g;

/**
 * Roughly how many instructions an expression compiles to: each atom once, times every repetition
 * around it. RE2 matches in linear time, but unrolls `{n}`, so that 36 bytes of query could keep a
 * node busy for 30 ms, and the query's next filter again.
 */
export function expressionWeight(expression: string): number {
  const outer: number[] = [];
  let sum = 0;
  let last = 0;
  for (let at = 0; at < expression.length; ) {
    const repeat = matchAt(repetition, expression, at);
    const text = (repeat ?? matchAt(atom, expression, at))?.[0] ?? " ";
    at += text.length;
    if (repeat !== undefined) {
      const times = Number(repeat[2] || repeat[1]);
      sum += last * (times - 1);
      last *= times;
    } else if (text === "(") {
      outer.push(sum);
      sum = 0;
    } else if (text === ")") {
      last = sum;
      sum += outer.pop() ?? 0;
    } else {
      last = Math.max(1, UNICODE_CLASS_WEIGHT * (text.match(unicodeClass)?.length ?? 0));
      sum += last;
    }
  }
  return outer.reduce((total, one) => total + one, sum);
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
