/** Sizes as people write them: `64MiB`, `1GB`, `512KiB`, `4096`; inside, bytes. */

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  tb: 1_000_000_000_000,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/** @returns bytes, or undefined when the text is no size */
export function parseByteSize(text: string): number | undefined {
  const m = /^(\d{1,15})\s*([a-z]{0,3})$/i.exec(text.trim());
  const unit = m === null ? undefined : UNITS[(m[2] ?? '').toLowerCase()];
  if (m === null || unit === undefined) return undefined;
  const bytes = Number(m[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The size in the largest binary unit that divides it. */
export function formatByteSize(bytes: number): string {
  for (const [name, unit] of [
    ['TiB', 1024 ** 4],
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit}${name}`;
  }
  return String(bytes);
}
