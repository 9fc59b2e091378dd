/**
 * What every incident index must do, whatever stores it. An adapter passes by giving a factory:
 *
 *   incidentIndexSuite('embedded, in memory', () => openIncidentIndex(':memory:', 'write'));
 *
 * The factory gives an empty index; the suite closes it. What was written must be seen by every read at once.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CounterfoilError } from '../../src/model/errors.ts';
import { incidentId } from '../../src/model/ids.ts';
import type { Documents, IncidentIndex, Page, PageRequest } from '../../src/ports/incident-index.ts';
import {
  SHELL_INCIDENT,
  TENANT,
  TOKEN_INCIDENT,
  eventDocument,
  incidentDocument,
  linkDocument,
  ofTenant,
  paymentDocument,
  story,
} from './incident-documents.ts';
import { incidentIndexWriteSuite } from './incident-index-write.suite.ts';

const FIRST: PageRequest = { limit: 100, cursor: null };
const NOTHING: Documents = { events: [], links: [], payments: [], incidents: [] };

export interface IndexSuiteOptions {
  /** Sequences of writes that are tried. */
  numRuns?: number;
}

export function incidentIndexSuite(
  name: string,
  empty: () => IncidentIndex | Promise<IncidentIndex>,
  { numRuns = 100 }: IndexSuiteOptions = {},
): void {
  describe(`incident index: ${name}`, () => {
    let index: IncidentIndex;
    beforeEach(async () => {
      index = await empty();
    });
    afterEach(async () => {
      await index.close();
    });
    const ids = (page: Page<{ payment: { id: string } }>): string[] =>
      page.items.map((item) => item.payment.id);

    describe('documents by id', () => {
      it('gives back what was written, to the last member', async () => {
        const written = story();
        await index.replaceAll(TENANT, written);
        for (const document of written.payments) {
          expect(await index.payment(TENANT, document.payment.id)).toEqual(document);
        }
        for (const document of written.events)
          expect(await index.event(TENANT, document.event.id)).toEqual(document);
        for (const document of written.links)
          expect(await index.link(TENANT, document.link.id)).toEqual(document);
        for (const document of written.incidents) {
          expect(await index.incident(TENANT, document.incident.id)).toEqual(document);
        }
      });

      it('gives null for an id that nothing has', async () => {
        await index.replaceAll(TENANT, story());
        expect(await index.payment(TENANT, 'p0')).toBeNull();
        expect(await index.event(TENANT, 'p1')).toBeNull();
        expect(await index.link(TENANT, '')).toBeNull();
        expect(await index.incident(TENANT, incidentId(TENANT, 'ev_4'))).toBeNull();
        expect(await index.incidentOfEvent(TENANT, 'ev_4')).toBeNull();
        expect(await index.incidentOfEvent(TENANT, 'ev_unknown')).toBeNull();
      });

      it('keeps one document of an id that is given twice: the last', async () => {
        const twice = [
          paymentDocument({ id: 'p1', state: 'accepted' }),
          paymentDocument({ id: 'p1', state: 'settled' }),
        ];
        await index.replaceAll(TENANT, { ...NOTHING, payments: twice });
        expect((await index.payment(TENANT, 'p1'))?.payment.state).toBe('settled');
        expect(await index.resolvePayment(TENANT, 'p1')).toEqual(['p1']);
      });

      it('keeps text that means something elsewhere as text', async () => {
        const hostile = [
          `'; DROP TABLE payment; --`,
          '%',
          '_',
          '"',
          '\\',
          '<script>',
          'nul\u0000byte',
          '支払い💶',
          ' ',
        ];
        await index.replaceAll(TENANT, {
          ...NOTHING,
          payments: hostile.map((id) => paymentDocument({ id })),
        });
        for (const id of hostile) {
          expect((await index.payment(TENANT, id))?.payment.id).toBe(id);
          expect(await index.resolvePayment(TENANT, id)).toEqual([id]);
        }
        expect(await index.resolvePayment(TENANT, 'x')).toEqual([]);
      });
    });

    describe('incidents by their events', () => {
      it('finds the incident of a member event', async () => {
        await index.replaceAll(TENANT, story());
        expect((await index.incidentOfEvent(TENANT, 'ev_2'))?.incident.id).toBe(SHELL_INCIDENT);
      });

      it('resolves the would-be incident id of any member event, so that links once handed out keep working', async () => {
        await index.replaceAll(TENANT, story());
        expect((await index.incident(TENANT, incidentId(TENANT, 'ev_2')))?.incident.id).toBe(SHELL_INCIDENT);
      });
    });

    describe('names of payments', () => {
      it('resolves own id, superseded id and alias', async () => {
        await index.replaceAll(TENANT, story());
        expect(await index.resolvePayment(TENANT, 'p1')).toEqual(['p1']);
        expect(await index.resolvePayment(TENANT, 'p0')).toEqual(['p1']);
        expect(await index.resolvePayment(TENANT, 'E2E-1')).toEqual(['p1']);
        expect(await index.resolvePayment(TENANT, 'unheard-of')).toEqual([]);
      });

      it('gives every payment of an alias, sorted', async () => {
        await index.replaceAll(TENANT, story());
        expect(await index.resolvePayment(TENANT, 'order-7')).toEqual(['p1', 'p2']);
      });

      it('lets a strong id win over aliases (SPEC J15)', async () => {
        const own = paymentDocument({ id: 'same' });
        const alias = paymentDocument({ id: 'other', aliases: [{ type: 'order_id', value: 'same' }] });
        const strong = paymentDocument({ id: 'third', aliases: [{ type: 'uetr', value: 'u-1' }] });
        const weak = paymentDocument({ id: 'fourth', aliases: [{ type: 'order_id', value: 'u-1' }] });
        await index.replaceAll(TENANT, { ...NOTHING, payments: [alias, own, weak, strong] });
        expect(await index.resolvePayment(TENANT, 'same')).toEqual(['same']);
        expect(await index.resolvePayment(TENANT, 'u-1')).toEqual(['third']);
      });

      it('gives at most 100', async () => {
        const aliases = [{ type: 'order_id', value: 'all' }];
        const payments = Array.from({ length: 130 }, (_, i) =>
          paymentDocument({ id: `p${1000 + i}`, aliases }),
        );
        await index.replaceAll(TENANT, { ...NOTHING, payments });
        const found = await index.resolvePayment(TENANT, 'all');
        expect(found).toEqual(payments.slice(0, 100).map((document) => document.payment.id));
      });
    });

    describe('lists', () => {
      it('orders the links of a payment by event start, then link id', async () => {
        await index.replaceAll(TENANT, story());
        const links = await index.linksOfPayment(TENANT, 'p1', FIRST);
        expect(links.items.map((link) => link.event.id)).toEqual(['ev_1', 'ev_2']);
        expect(links.next).toBeNull();
        const ofEvent = (await index.linksOfEvent(TENANT, 'ev_1', FIRST)).items.map((link) => link.link.id);
        expect(ofEvent).toHaveLength(3);
        expect(ofEvent).toEqual(ofEvent.toSorted());
      });

      it('lists links, events and payments of an incident', async () => {
        await index.replaceAll(TENANT, story());
        expect(ids(await index.linksOfIncident(TENANT, TOKEN_INCIDENT, FIRST))).toEqual(['p4']);
        expect((await index.linksOfIncident(TENANT, SHELL_INCIDENT, FIRST)).items).toHaveLength(4);
        const events = await index.eventsOfIncident(TENANT, SHELL_INCIDENT, FIRST);
        expect(events.items.map((event) => event.event.id)).toEqual(['ev_1', 'ev_2']);
      });

      it('lists each payment of an incident once, by time, whole', async () => {
        const written = story();
        await index.replaceAll(TENANT, written);
        const page = await index.paymentsOfIncident(TENANT, SHELL_INCIDENT, FIRST);
        expect(page.items).toEqual(written.payments.slice(0, 3));
      });

      it('counts a payment as one of the incident by live links only', async () => {
        const event = eventDocument({ id: 'ev_1', incident: SHELL_INCIDENT });
        const [kept, left] = [paymentDocument({ id: 'kept' }), paymentDocument({ id: 'left' })];
        await index.replaceAll(TENANT, {
          events: [event],
          payments: [kept, left],
          links: [linkDocument(event, kept), linkDocument(event, left, 0.9, 'withdrawn')],
          incidents: [incidentDocument({ id: SHELL_INCIDENT })],
        });
        expect(ids(await index.paymentsOfIncident(TENANT, SHELL_INCIDENT, FIRST))).toEqual(['kept']);
        expect(ids(await index.linksOfIncident(TENANT, SHELL_INCIDENT, FIRST)).toSorted()).toEqual([
          'kept',
          'left',
        ]);
        expect((await index.incidents(TENANT, { paymentId: 'left' }, FIRST)).items).toEqual([]);
      });

      it('lists incidents newest first, all or those of a payment', async () => {
        await index.replaceAll(TENANT, story());
        const all = await index.incidents(TENANT, { paymentId: null }, FIRST);
        expect(all.items.map((item) => item.incident.id)).toEqual([TOKEN_INCIDENT, SHELL_INCIDENT]);
        const one = await index.incidents(TENANT, { paymentId: 'p1' }, FIRST);
        expect(one.items.map((item) => item.incident.id)).toEqual([SHELL_INCIDENT]);
        expect((await index.incidents(TENANT, { paymentId: 'p5' }, FIRST)).items).toEqual([]);
      });

      it('orders by microseconds, then id', async () => {
        const starts = [
          '2026-03-10T14:00:00.000002Z',
          '2026-03-10T14:00:00.000001Z',
          '2026-03-10T14:00:00.000001Z',
        ];
        const incidents = starts.map((start, i) => incidentDocument({ id: `inc_${2 - i}`, start }));
        await index.replaceAll(TENANT, { ...NOTHING, incidents });
        const page = await index.incidents(TENANT, { paymentId: null }, FIRST);
        expect(page.items.map((item) => item.incident.id)).toEqual(['inc_2', 'inc_0', 'inc_1']);
      });

      it('gives an empty page for an id that nothing has', async () => {
        const none = { items: [], next: null };
        expect(await index.linksOfPayment(TENANT, 'x', FIRST)).toEqual(none);
        expect(await index.linksOfEvent(TENANT, 'x', FIRST)).toEqual(none);
        expect(await index.paymentsOfIncident(TENANT, 'x', FIRST)).toEqual(none);
        expect(await index.eventsOfIncident(TENANT, 'x', FIRST)).toEqual(none);
        expect(await index.incidents(TENANT, { paymentId: null }, FIRST)).toEqual(none);
      });
    });

    describe('pages', () => {
      /** One incident, 7 events of one instant, 5 payments, a link for each pair. */
      function grid(): Documents {
        const events = Array.from({ length: 7 }, (_, i) =>
          eventDocument({ id: `ev_${i}`, incident: SHELL_INCIDENT }),
        );
        const payments = Array.from({ length: 5 }, (_, i) => paymentDocument({ id: `p${i}` }));
        const links = events.flatMap((event) => payments.map((payment) => linkDocument(event, payment)));
        return { events, payments, links, incidents: [incidentDocument({ id: SHELL_INCIDENT })] };
      }

      async function walk<T>(read: (page: PageRequest) => Promise<Page<T>>, limit: number): Promise<T[]> {
        const all: T[] = [];
        let cursor: string | null = null;
        do {
          const page: Page<T> = await read({ limit, cursor });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          all.push(...page.items);
          cursor = page.next;
        } while (cursor !== null);
        return all;
      }

      it.each([1, 2, 5, 7, 35, 100])(
        'walks every list whole, without repeats, %i at a time',
        async (limit) => {
          await index.replaceAll(TENANT, grid());
          const reads: ((page: PageRequest) => Promise<Page<unknown>>)[] = [
            (page) => index.linksOfPayment(TENANT, 'p1', page),
            (page) => index.linksOfEvent(TENANT, 'ev_1', page),
            (page) => index.linksOfIncident(TENANT, SHELL_INCIDENT, page),
            (page) => index.eventsOfIncident(TENANT, SHELL_INCIDENT, page),
            (page) => index.paymentsOfIncident(TENANT, SHELL_INCIDENT, page),
            (page) => index.incidents(TENANT, { paymentId: null }, page),
            (page) => index.incidents(TENANT, { paymentId: 'p1' }, page),
          ];
          const walks = await Promise.all(reads.map((read) => walk(read, limit)));
          expect(walks.map(({ length }) => length)).toEqual([7, 5, 35, 7, 5, 1, 1]);
          for (const [i, read] of reads.entries())
            expect(walks[i]).toEqual((await read({ limit: 1_000, cursor: null })).items);
        },
      );

      it('has no next page where the last one was exactly full', async () => {
        await index.replaceAll(TENANT, grid());
        expect((await index.linksOfEvent(TENANT, 'ev_1', { limit: 5, cursor: null })).next).toBeNull();
      });

      it('refuses a cursor of another list, of another tenant, or of nobody', async () => {
        await index.replaceAll(TENANT, grid());
        const cursor = (await index.linksOfPayment(TENANT, 'p1', { limit: 2, cursor: null })).next ?? '';
        expect(cursor).not.toBe('');
        const attempts = [
          () => index.linksOfPayment(TENANT, 'p2', { limit: 2, cursor }),
          () => index.linksOfEvent(TENANT, 'p1', { limit: 2, cursor }),
          () => index.linksOfPayment('other', 'p1', { limit: 2, cursor }),
          () => index.incidents(TENANT, { paymentId: 'p1' }, { limit: 2, cursor }),
          () => index.linksOfPayment(TENANT, 'p1', { limit: 2, cursor: 'garbage' }),
          () => index.linksOfPayment(TENANT, 'p1', { limit: 2, cursor: '' }),
          () => index.linksOfPayment(TENANT, 'p1', { limit: 2, cursor: 'x'.repeat(100_000) }),
        ];
        for (const attempt of attempts) expect(await codeOf(attempt)).toBe('CF_CURSOR');
      });

      it('goes on after the last item when the content was replaced in between', async () => {
        await index.replaceAll(TENANT, grid());
        const first = await index.paymentsOfIncident(TENANT, SHELL_INCIDENT, { limit: 2, cursor: null });
        await index.replaceAll(TENANT, grid());
        const second = await index.paymentsOfIncident(TENANT, SHELL_INCIDENT, {
          limit: 2,
          cursor: first.next,
        });
        expect([...ids(first), ...ids(second)]).toEqual(['p0', 'p1', 'p2', 'p3']);
      });
    });

    describe('replacing', () => {
      it('leaves nothing of what was there before', async () => {
        await index.replaceAll(TENANT, story());
        await index.replaceAll(TENANT, { ...NOTHING, payments: [paymentDocument({ id: 'new' })] });
        expect(await index.resolvePayment(TENANT, 'order-7')).toEqual([]);
        expect((await index.incidents(TENANT, { paymentId: null }, FIRST)).items).toEqual([]);
        expect((await index.linksOfPayment(TENANT, 'p1', FIRST)).items).toEqual([]);
        expect(await index.event(TENANT, 'ev_1')).toBeNull();
        expect((await index.payment(TENANT, 'new'))?.payment.id).toBe('new');
      });

      it('touches no other tenant, and shows none', async () => {
        const one = story();
        await index.replaceAll('one', {
          events: ofTenant('one', one.events),
          links: ofTenant('one', one.links),
          payments: ofTenant('one', one.payments),
          incidents: ofTenant('one', one.incidents),
        });
        await index.replaceAll('two', {
          ...NOTHING,
          payments: [paymentDocument({ id: 'p1', state: 'settled', tenant: 'two' })],
        });
        expect((await index.payment('one', 'p1'))?.payment.state).toBe('accepted');
        expect((await index.payment('two', 'p1'))?.payment.state).toBe('settled');
        expect(await index.resolvePayment('two', 'order-7')).toEqual([]);
        expect((await index.incidents('two', { paymentId: null }, FIRST)).items).toEqual([]);
        expect(await index.incidentOfEvent('two', 'ev_1')).toBeNull();
        expect(await index.incident('two', SHELL_INCIDENT)).toBeNull();
      });

      it('keeps the old content whole when the new one breaks off', async () => {
        await index.replaceAll(TENANT, story());
        const breaksOff = function* () {
          yield paymentDocument({ id: 'half' });
          throw new Error('the source broke off');
        };
        const replaced = index.replaceAll(TENANT, { ...NOTHING, payments: breaksOff() });
        await expect(replaced).rejects.toThrow('the source broke off');
        expect(await index.payment(TENANT, 'half')).toBeNull();
        expect(await index.resolvePayment(TENANT, 'p0')).toEqual(['p1']);
        expect((await index.incidents(TENANT, { paymentId: null }, FIRST)).items).toHaveLength(2);
      });

      it('reads every iterable once, and takes generators', async () => {
        const written = story();
        const once = function* <T>(items: T[]): Generator<T> {
          yield* items;
        };
        await index.replaceAll(TENANT, {
          events: once(written.events),
          links: once(written.links),
          payments: once(written.payments),
          incidents: once(written.incidents),
        });
        expect((await index.linksOfPayment(TENANT, 'p1', FIRST)).items).toHaveLength(2);
      });
    });

    incidentIndexWriteSuite(() => index, numRuns);
  });
}

async function codeOf(attempt: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error instanceof CounterfoilError ? error.code : String(error);
  }
}
