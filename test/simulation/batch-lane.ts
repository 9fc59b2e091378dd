/** What the batch lane says of the records that a log kept; runs over the same ones ask once. */
import type { CorrelateOptions } from '../../src/runtime/correlate-options.ts';
import { runEngine, type Files } from '../guarantees/engine.ts';
import type { Scenario } from '../oracle/scenario.ts';
import { contentOf, type Content } from './engine-content.ts';
import type { Request } from './clients.ts';

export class BatchLane {
  #key = '';
  #content: Content | null = null;

  async contentOf({ seed }: Scenario, options: CorrelateOptions, kept: readonly Request[]): Promise<Content> {
    const distinct = [...new Set(kept)];
    const texts = distinct.map(({ input, records }) => JSON.stringify([input, records])).toSorted();
    const key = JSON.stringify([seed, texts]);
    if (this.#content !== null && key === this.#key) return this.#content;
    const files: Files = { audit: [], alerts: [], events: [], spans: [], payments: [] };
    for (const { input, records } of distinct) files[input].push([...records]);
    this.#content = contentOf(await runEngine(files, options));
    this.#key = key;
    return this.#content;
  }
}
