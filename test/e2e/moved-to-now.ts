/**
 * Records of a past day, moved so that the last of them happened just now: a live engine is not interested in March. Every time
 * in the text moves by the same whole seconds, RFC 3339 and nanoseconds alike, so that everything between them stays as it was.
 */
const RFC_3339 = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\b)/g;
const NANOS = /\b1[67]\d{17}\b/g;
const NANOS_PER_SECOND = 1_000_000_000n;

/** @param last what becomes now */
export function moverToNow(last: string): (text: string) => string {
  const seconds = Math.floor((Date.now() - Date.parse(last)) / 1_000);
  return (text) =>
    text
      .replaceAll(RFC_3339, (time) =>
        new Date(Date.parse(`${time}Z`) + seconds * 1_000).toISOString().slice(0, 19),
      )
      .replaceAll(NANOS, (nanos) => String(BigInt(nanos) + BigInt(seconds) * NANOS_PER_SECOND));
}
