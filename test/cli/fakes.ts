/** A terminal that remembers what was written to it, and a clock that stands still until it is moved. */
import type { TextStream } from '../../src/cli/terminal.ts';
import type { Clock } from '../../src/ports/clock.ts';

export class FakeStream implements TextStream {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly written: string[] = [];
  /** What `write` answers: false means that the reader is behind. */
  ready = true;
  readonly #listeners = new Map<string, ((error: Error) => void)[]>();

  constructor(isTTY: boolean, columns = 80) {
    this.isTTY = isTTY;
    this.columns = columns;
  }

  get text(): string {
    return this.written.join('');
  }

  write(text: string): boolean {
    this.written.push(text);
    return this.ready;
  }

  once(event: string, listener: () => void): void {
    this.on(event, listener);
  }

  on(event: string, listener: (error: Error) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
  }

  emit(event: string, error = new Error(event)): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(error);
  }
}

export class ManualClock implements Clock {
  ms = 0;

  now(): number {
    return this.ms * 1_000;
  }

  elapsedMs(): number {
    return this.ms;
  }
}
