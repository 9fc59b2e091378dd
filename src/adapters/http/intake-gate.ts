/** What stands before the intake in this process: closed while the process stops, told of inputs that have ended. */
import { CounterfoilError } from '../../model/errors.ts';
import type { InputName } from '../../model/accounting.ts';
import type { Intake, IntakeAnswer, IntakeRequest } from '../../ports/intake.ts';

const STOPPING_SECONDS = 5;

/** An answer, or that the process is stopping. */
export type GateAnswer = IntakeAnswer | { kind: 'stopping'; text: string; retryAfterSeconds: number };

export class IntakeGate {
  readonly #intake: Intake;
  readonly #ended = new Set<InputName>();
  #pending = 0;
  #closed = false;
  #whenIdle: (() => void) | null = null;

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws CounterfoilError CF_ENDED when the sender itself has said that nothing more comes */
  async submit(request: IntakeRequest): Promise<GateAnswer> {
    if (this.#closed) {
      const text = `The process is stopping. Send it again in ${STOPPING_SECONDS} s.`;
      return { kind: 'stopping', text, retryAfterSeconds: STOPPING_SECONDS };
    }
    if (this.#ended.has(request.input))
      throw new CounterfoilError(
        'CF_ENDED',
        `The input ${request.input} has ended. Start a new run for more.`,
      );
    return await this.#counted(() => this.#intake.submit(request));
  }

  async end(input: InputName): Promise<void> {
    await this.admit(async () => {
      this.#ended.add(input);
      await this.#intake.end(input);
    });
  }

  /**
   * Lets something through that appends to the log, as long as the process is not stopping; `close` waits for it.
   * @throws CounterfoilError CF_STOPPING
   */
  async admit<T>(action: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new CounterfoilError('CF_STOPPING', 'The process is stopping.');
    return await this.#counted(action);
  }

  /** Takes nothing more; resolves when everything that was let in is answered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#pending === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  async #counted<T>(action: () => Promise<T>): Promise<T> {
    this.#pending += 1;
    try {
      return await action();
    } finally {
      this.#pending -= 1;
      if (this.#pending === 0) this.#whenIdle?.();
    }
  }
}
