/**
 * Counts who was not let in, and says it in the log, without letting a stranger fill the log: at most so many lines a minute, and
 * the next one says how many there were in between. The metric counts them all.
 */
import type { Refusal } from '../api/access-guard.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { MetricBook } from '../telemetry/metric-book.ts';

const LINES_A_MINUTE = 20;
const MINUTE_MS = 60_000;

export class RefusalLog {
  readonly #logger: Logger;
  readonly #book: MetricBook;
  readonly #clock: Clock;
  #minuteFrom = -Infinity;
  #lines = 0;
  #unsaid = 0;

  constructor(logger: Logger, book: MetricBook, clock: Clock) {
    this.#logger = logger;
    this.#book = book;
    this.#clock = clock;
  }

  add(refusal: Refusal): void {
    const { reason, method, route, address, keyId, fault } = refusal;
    this.#book.add('access_refused_total', { reason });
    if (!this.#mayWrite()) {
      this.#unsaid += 1;
      return;
    }
    const unsaid = this.#unsaid === 0 ? '' : `; ${this.#unsaid} more before it were not said`;
    this.#unsaid = 0;
    const why = fault === null ? '' : `: ${fault.message}`;
    const shown = route === '' ? 'a path that is not there' : route;
    this.#logger.log(
      'warn',
      'access-refused',
      `${reason}, ${method} ${shown} from ${address}${why}${unsaid}`,
      {
        'event.reason': reason,
        'source.ip': address,
        'http.request.method': method,
        'http.route': route,
        ...(keyId === null ? {} : { 'counterfoil.key.id': keyId }),
      },
    );
  }

  #mayWrite(): boolean {
    const now = this.#clock.elapsedMs();
    if (now - this.#minuteFrom >= MINUTE_MS) {
      this.#minuteFrom = now;
      this.#lines = 0;
    }
    this.#lines += 1;
    return this.#lines <= LINES_A_MINUTE;
  }
}
