/**
 * Progress on stderr: how much of all inputs is read, by bytes, and how long it will take at the pace so far. Only
 * where a terminal looks at it, at most ten times a second, and wiped before anything else is said.
 */
import type { Clock } from '../ports/clock.ts';
import type { Out } from './terminal.ts';
import { fit } from './text-width.ts';

const INTERVAL_MS = 100;
/** An estimate from less than this is noise. */
const MIN_ELAPSED_MS = 1_000;
const WIPE = '\r\u001b[2K';

/** What the run reports now and then about the source it reads. */
export interface SourceProgress {
  input: string;
  source: string;
  bytesRead: number;
  records: number;
}

export class Progress {
  readonly #out: Out;
  readonly #clock: Clock;
  /** Bytes of all inputs; null where one of them (a pipe) does not say. */
  readonly #totalBytes: number | null;
  readonly #started: number;
  readonly #bytes = new Map<string, number>();
  #shownAt = Number.NEGATIVE_INFINITY;
  #shown = false;

  constructor(out: Out, clock: Clock, totalBytes: number | null) {
    this.#out = out;
    this.#clock = clock;
    this.#totalBytes = totalBytes;
    this.#started = clock.elapsedMs();
  }

  update(now: SourceProgress): void {
    this.#bytes.set(`${now.input}\n${now.source}`, now.bytesRead);
    this.#show((elapsedMs) => this.#line(now, elapsedMs));
  }

  /** Of a whole that is known by now, and may turn out to be another. */
  of({ done, total, unit }: { done: number; total: number; unit: 'bytes' | 'records' }): void {
    const whole = unit === 'bytes' ? formatBytes(total) : `${total.toLocaleString('en')} records`;
    this.#show((elapsedMs) => `reading ${shareText(done, total, elapsedMs, `of ${whole}`)}`);
  }

  #show(line: (elapsedMs: number) => string): void {
    if (!this.#out.isTTY) return;
    const at = this.#clock.elapsedMs();
    if (at - this.#shownAt < INTERVAL_MS) return;
    this.#shownAt = at;
    this.#shown = true;
    this.#out.say(WIPE + fit(line(at - this.#started), (this.#out.width ?? 80) - 1));
  }

  /** Says what goes on while nothing is read. */
  note(text: string): void {
    if (!this.#out.isTTY) return;
    this.#shown = true;
    this.#out.say(WIPE + fit(text, (this.#out.width ?? 80) - 1));
  }

  /** Removes the line, so that what follows starts on a clean one. */
  wipe(): void {
    if (this.#shown) this.#out.say(WIPE);
    this.#shown = false;
  }

  /** Milliseconds since the start. */
  elapsedMs(): number {
    return this.#clock.elapsedMs() - this.#started;
  }

  #line(now: SourceProgress, elapsedMs: number): string {
    const done = [...this.#bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
    const total = this.#totalBytes;
    const read = `${now.input}: ${now.records.toLocaleString('en')} records`;
    if (total === null || total === 0) return `reading ${formatBytes(done)}  ${read}`;
    return `reading ${shareText(done, total, elapsedMs, `of ${formatBytes(total)}  ${read}`)}`;
  }
}

/** The share in percent, what it is a share of, and how long the rest takes at the pace so far. */
function shareText(done: number, total: number, elapsedMs: number, what: string): string {
  const share = total === 0 ? 0 : Math.min(1, done / total);
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`;
  const eta =
    elapsedMs < MIN_ELAPSED_MS || share === 0
      ? ''
      : `  ${formatSeconds((elapsedMs * (1 - share)) / share)} left`;
  return `${percent} ${what}${eta}`;
}

/** `12.3 MB`: bytes for people. */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = -1;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** `2 min 5 s`: a length of time for people, never finer than a second beyond ten of them. */
export function formatSeconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
