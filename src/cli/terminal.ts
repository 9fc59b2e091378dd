/**
 * Standard output and standard error of the process, with what a verb has to know of them: whether they are
 * terminals, how wide, whether colour is welcome; with back-pressure, and with a reader that may leave early.
 */
import type { Clock } from '../ports/clock.ts';

/** What is used of a Node stream. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): boolean;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

const DEFAULT_WIDTH = 100;

/** One side: stdout or stderr. */
export class Out {
  readonly isTTY: boolean;
  readonly colour: boolean;
  readonly #stream: TextStream;
  #gone = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(stream: TextStream, env: Readonly<Record<string, string | undefined>>) {
    this.#stream = stream;
    this.isTTY = stream.isTTY === true;
    this.colour = this.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
    stream.on('error', (error) => {
      // `counterfoil … | head`: the reader has what it wanted, and that is no failure.
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE') this.#failure = error;
      this.#gone = true;
      this.#wake?.();
    });
  }

  /** Columns; undefined when nobody looks at it through a terminal. */
  get width(): number | undefined {
    if (!this.isTTY) return undefined;
    const columns = this.#stream.columns ?? 0;
    // A terminal without a size says 0.
    return columns > 0 ? columns : DEFAULT_WIDTH;
  }

  /** Whether the reader has left: what follows would be written for nobody. */
  get gone(): boolean {
    return this.#gone;
  }

  /** Writes, and waits while the reader is behind. */
  async write(text: string): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#gone || this.#stream.write(text)) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#stream.once('drain', resolve);
      this.#stream.once('close', resolve);
    });
  }

  /** Writes without waiting: short talk on stderr, progress. */
  say(text: string): void {
    if (!this.#gone) this.#stream.write(text);
  }

  bold(text: string): string {
    return this.colour ? `\u001b[1m${text}\u001b[22m` : text;
  }
}

/** Everything a verb may touch outside of itself. */
export interface Io {
  stdout: Out;
  stderr: Out;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  clock: Clock;
}
