/**
 * Windows and traces that several share and that can be lost, as Redis can: everything is gone, and whoever used them is told so on the
 * next call and does nothing, until it has taken up what there is now.
 */
import { createTraceStore } from '../../src/adapters/embedded/trace-store.ts';
import { createWindowStore, type WindowStoreSettings } from '../../src/adapters/embedded/window-store.ts';
import { CounterfoilError } from '../../src/model/errors.ts';
import type { TraceStore } from '../../src/ports/trace-store.ts';
import type { WindowStore } from '../../src/ports/window-store.ts';

export class LossyStores {
  readonly #settings: WindowStoreSettings | undefined;
  #windows: WindowStore;
  #traces: TraceStore;
  #generation = 1;

  constructor(settings?: WindowStoreSettings) {
    this.#settings = settings;
    this.#windows = createWindowStore(settings);
    this.#traces = createTraceStore();
  }

  lose(): void {
    this.#windows = createWindowStore(this.#settings);
    this.#traces = createTraceStore();
    this.#generation += 1;
  }

  /** As one worker has them. */
  windows(): WindowStore {
    return this.#handle(() => this.#windows);
  }

  traces(): TraceStore {
    return this.#handle(() => this.#traces);
  }

  #handle<S extends WindowStore | TraceStore>(inner: () => S): S {
    let known = this.#generation;
    const take = async (): Promise<string> => {
      known = this.#generation;
      return `${known}`;
    };
    return new Proxy(inner(), {
      get: (_, name) => {
        if (name === 'begin') return take;
        if (name === 'generation') return async () => `${this.#generation}`;
        return async (...args: unknown[]) => {
          // Redis is not asked where nothing more can have expired.
          if (known !== this.#generation && name === 'expire') return undefined;
          if (known !== this.#generation && name !== 'usage' && name !== 'close')
            throw new CounterfoilError('CF_WINDOW_LOST', 'lost');
          const store = inner();
          return await (Reflect.get(store, name) as (...of: unknown[]) => Promise<unknown>).apply(
            store,
            args,
          );
        };
      },
    });
  }
}
