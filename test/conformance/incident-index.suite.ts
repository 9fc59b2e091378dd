/**
 * What every incident index must do, whatever stores it. An adapter passes by giving a factory:
 *
 *   incidentIndexSuite('embedded, in memory', () => openIncidentIndex(':memory:', 'write'));
 *
 * The factory gives an empty index; the suite closes it.
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
  paymentDocument,
  story,
} from './incident-documents.ts';
import { incidentIndexWriteSuite } from './incident-index-write.suite.ts';

const FIRST: PageRequest = { limit: 100, cursor: null };
const NOTHING: Documents = { events: [], links: [], payments: [], incidents: [] };

export function incidentIndexSuite(name: string, empty: () => IncidentIndex): void {
  describe(`incident index: ${name}`, () => {
    let index: IncidentIndex;
    beforeEach(() => {
      index = empty();
    });
    afterEach(() => {
      index.close();
    });
    const ids = (page: Page<{ payment: { id: string } }>): string[] =>
      page.items.map((item) => item.payment.id);

    describe('documents by id', () => {
      it('gives back what was written, to the last member', () => {
        const written = story();
        index.replaceAll(TENANT, written);
        for (const document of written.payments) {
          expect(index.payment(TENANT, document.payment.id)).toEqual(document);
        }
        for (const document of written.events)
          expect(index.event(TENANT, document.event.id)).toEqual(document);
        for (const document of written.links) expect(index.link(TENANT, document.link.id)).toEqual(document);
        for (const document of written.incidents) {
          expect(index.incident(TENANT, document.incident.id)).toEqual(document);
        }
      });

      it('gives null for an id that nothing has', () => {
        index.replaceAll(TENANT, story());
        expect(index.payment(TENANT, 'p0')).toBeNull();
        expect(index.event(TENANT, 'p1')).toBeNull();
        expect(index.link(TENANT, '')).toBeNull();
        expect(index.incident(TENANT, incidentId(TENANT, 'ev_4'))).toBeNull();
        expect(index.incidentOfEvent(TENANT, 'ev_4')).toBeNull();
        expect(index.incidentOfEvent(TENANT, 'ev_unknown')).toBeNull();
      });

      it('keeps one document of an id that is given twice: the last', () => {
        const twice = [
          paymentDocument({ id: 'p1', state: 'accepted' }),
          paymentDocument({ id: 'p1', state: 'settled' }),
        ];
        index.replaceAll(TENANT, { ...NOTHING, payments: twice });
        expect(index.payment(TENANT, 'p1')?.payment.state).toBe('settled');
        expect(index.resolvePayment(TENANT, 'p1')).toEqual(['p1']);
      });

      it('keeps text that means something elsewhere as text', () => {
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
        index.replaceAll(TENANT, { ...NOTHING, payments: hostile.map((id) => paymentDocument({ id })) });
        for (const id of hostile) {
          expect(index.payment(TENANT, id)?.payment.id).toBe(id);
          expect(index.resolvePayment(TENANT, id)).toEqual([id]);
        }
        expect(index.resolvePayment(TENANT, 'x')).toEqual([]);
      });
    });

    describe('incidents by their events', () => {
      it('finds the incident of a member event', () => {
        index.replaceAll(TENANT, story());
        expect(index.incidentOfEvent(TENANT, 'ev_2')?.incident.id).toBe(SHELL_INCIDENT);
      });

      it('resolves the would-be incident id of any member event, so that links once handed out keep working', () => {
        index.replaceAll(TENANT, story());
        expect(index.incident(TENANT, incidentId(TENANT, 'ev_2'))?.incident.id).toBe(SHELL_INCIDENT);
      });
    });

    describe('names of payments', () => {
      it('resolves own id, superseded id and alias', () => {
        index.replaceAll(TENANT, story());
        expect(index.resolvePayment(TENANT, 'p1')).toEqual(['p1']);
        expect(index.resolvePayment(TENANT, 'p0')).toEqual(['p1']);
        expect(index.resolvePayment(TENANT, 'E2E-1')).toEqual(['p1']);
        expect(index.resolvePayment(TENANT, 'unheard-of')).toEqual([]);
      });

      it('gives every payment of an alias, sorted', () => {
        index.replaceAll(TENANT, story());
        expect(index.resolvePayment(TENANT, 'order-7')).toEqual(['p1', 'p2']);
      });

      it('lets a strong id win over aliases (SPEC J15)', () => {
        const own = paymentDocument({ id: 'same' });
        const alias = paymentDocument({ id: 'other', aliases: [{ type: 'order_id', value: 'same' }] });
        const strong = paymentDocument({ id: 'third', aliases: [{ type: 'uetr', value: 'u-1' }] });
        const weak = paymentDocument({ id: 'fourth', aliases: [{ type: 'order_id', value: 'u-1' }] });
        index.replaceAll(TENANT, { ...NOTHING, payments: [alias, own, weak, strong] });
        expect(index.resolvePayment(TENANT, 'same')).toEqual(['same']);
        expect(index.resolvePayment(TENANT, 'u-1')).toEqual(['third']);
      });

      it('gives at most 100', () => {
        const aliases = [{ type: 'order_id', value: 'all' }];
        const payments = Array.from({ length: 130 }, (_, i) =>
          paymentDocument({ id: `p${1000 + i}`, aliases }),
        );
        index.replaceAll(TENANT, { ...NOTHING, payments });
        const found = index.resolvePayment(TENANT, 'all');
        expect(found).toEqual(payments.slice(0, 100).map((document) => document.payment.id));
      });
    });

    describe('lists', () => {
      it('orders the links of a payment by event start, then link id', () => {
        index.replaceAll(TENANT, story());
        const links = index.linksOfPayment(TENANT, 'p1', FIRST);
        expect(links.items.map((link) => link.event.id)).toEqual(['ev_1', 'ev_2']);
        expect(links.next).toBeNull();
        const ofEvent = index.linksOfEvent(TENANT, 'ev_1', FIRST).items.map((link) => link.link.id);
        expect(ofEvent).toHaveLength(3);
        expect(ofEvent).toEqual(ofEvent.toSorted());
      });

      it('lists links, events and payments of an incident', () => {
        index.replaceAll(TENANT, story());
        expect(ids(index.linksOfIncident(TENANT, TOKEN_INCIDENT, FIRST))).toEqual(['p4']);
        expect(index.linksOfIncident(TENANT, SHELL_INCIDENT, FIRST).items).toHaveLength(4);
        const events = index.eventsOfIncident(TENANT, SHELL_INCIDENT, FIRST);
        expect(events.items.map((event) => event.event.id)).toEqual(['ev_1', 'ev_2']);
      });

      it('lists each payment of an incident once, by time, whole', () => {
        const written = story();
        index.replaceAll(TENANT, written);
        const page = index.paymentsOfIncident(TENANT, SHELL_INCIDENT, FIRST);
        expect(page.items).toEqual(written.payments.slice(0, 3));
      });

      it('counts a payment as one of the incident by live links only', () => {
        const event = eventDocument({ id: 'ev_1', incident: SHELL_INCIDENT });
        const [kept, left] = [paymentDocument({ id: 'kept' }), paymentDocument({ id: 'left' })];
        index.replaceAll(TENANT, {
          events: [event],
          payments: [kept, left],
          links: [linkDocument(event, kept), linkDocument(event, left, 0.9, 'withdrawn')],
          incidents: [incidentDocument({ id: SHELL_INCIDENT })],
        });
        expect(ids(index.paymentsOfIncident(TENANT, SHELL_INCIDENT, FIRST))).toEqual(['kept']);
        expect(ids(index.linksOfIncident(TENANT, SHELL_INCIDENT, FIRST)).toSorted()).toEqual([
          'kept',
          'left',
        ]);
        expect(index.incidents(TENANT, { paymentId: 'left' }, FIRST).items).toEqual([]);
      });

      it('lists incidents newest first, all or those of a payment', () => {
        index.replaceAll(TENANT, story());
        const all = index.incidents(TENANT, { paymentId: null }, FIRST);
        expect(all.items.map((item) => item.incident.id)).toEqual([TOKEN_INCIDENT, SHELL_INCIDENT]);
        const one = index.incidents(TENANT, { paymentId: 'p1' }, FIRST);
        expect(one.items.map((item) => item.incident.id)).toEqual([SHELL_INCIDENT]);
        expect(index.incidents(TENANT, { paymentId: 'p5' }, FIRST).items).toEqual([]);
      });

      it('orders by microseconds, then id', () => {
        const starts = [
          '2026-03-10T14:00:00.000002Z',
          '2026-03-10T14:00:00.000001Z',
          '2026-03-10T14:00:00.000001Z',
        ];
        const incidents = starts.map((start, i) => incidentDocument({ id: `inc_${2 - i}`, start }));
        index.replaceAll(TENANT, { ...NOTHING, incidents });
        const page = index.incidents(TENANT, { paymentId: null }, FIRST);
        expect(page.items.map((item) => item.incident.id)).toEqual(['inc_2', 'inc_0', 'inc_1']);
      });

      it('gives an empty page for an id that nothing has', () => {
        const none = { items: [], next: null };
        expect(index.linksOfPayment(TENANT, 'x', FIRST)).toEqual(none);
        expect(index.linksOfEvent(TENANT, 'x', FIRST)).toEqual(none);
        expect(index.paymentsOfIncident(TENANT, 'x', FIRST)).toEqual(none);
        expect(index.eventsOfIncident(TENANT, 'x', FIRST)).toEqual(none);
        expect(index.incidents(TENANT, { paymentId: null }, FIRST)).toEqual(none);
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

      function walk<T>(read: (page: PageRequest) => Page<T>, limit: number): T[] {
        const all: T[] = [];
        let cursor: string | null = null;
        do {
          const page = read({ limit, cursor });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          all.push(...page.items);
          cursor = page.next;
        } while (cursor !== null);
        return all;
      }

      it.each([1, 2, 5, 7, 35, 100])('walks every list whole, without repeats, %i at a time', (limit) => {
        index.replaceAll(TENANT, grid());
        const reads: ((page: PageRequest) => Page<unknown>)[] = [
          (page) => index.linksOfPayment(TENANT, 'p1', page),
          (page) => index.linksOfEvent(TENANT, 'ev_1', page),
          (page) => index.linksOfIncident(TENANT, SHELL_INCIDENT, page),
          (page) => index.eventsOfIncident(TENANT, SHELL_INCIDENT, page),
          (page) => index.paymentsOfIncident(TENANT, SHELL_INCIDENT, page),
          (page) => index.incidents(TENANT, { paymentId: null }, page),
          (page) => index.incidents(TENANT, { paymentId: 'p1' }, page),
        ];
        expect(reads.map((read) => walk(read, limit).length)).toEqual([7, 5, 35, 7, 5, 1, 1]);
        for (const read of reads)
          expect(walk(read, limit)).toEqual(read({ limit: 1_000, cursor: null }).items);
      });

      it('has no next page where the last one was exactly full', () => {
        index.replaceAll(TENANT, grid());
        expect(index.linksOfEvent(TENANT, 'ev_1', { limit: 5, cursor: null }).next).toBeNull();
      });

      it('refuses a cursor of another list, of another tenant, or of nobody', () => {
        index.replaceAll(TENANT, grid());
        const cursor = index.linksOfPayment(TENANT, 'p1', { limit: 2, cursor: null }).next ?? '';
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
        for (const attempt of attempts) expect(codeOf(attempt)).toBe('CF_CURSOR');
      });

      it('goes on after the last item when the content was replaced in between', () => {
        index.replaceAll(TENANT, grid());
        const first = index.paymentsOfIncident(TENANT, SHELL_INCIDENT, { limit: 2, cursor: null });
        index.replaceAll(TENANT, grid());
        const second = index.paymentsOfIncident(TENANT, SHELL_INCIDENT, { limit: 2, cursor: first.next });
        expect([...ids(first), ...ids(second)]).toEqual(['p0', 'p1', 'p2', 'p3']);
      });
    });

    describe('replacing', () => {
      it('leaves nothing of what was there before', () => {
        index.replaceAll(TENANT, story());
        index.replaceAll(TENANT, { ...NOTHING, payments: [paymentDocument({ id: 'new' })] });
        expect(index.resolvePayment(TENANT, 'order-7')).toEqual([]);
        expect(index.incidents(TENANT, { paymentId: null }, FIRST).items).toEqual([]);
        expect(index.linksOfPayment(TENANT, 'p1', FIRST).items).toEqual([]);
        expect(index.event(TENANT, 'ev_1')).toBeNull();
        expect(index.payment(TENANT, 'new')?.payment.id).toBe('new');
      });

      it('touches no other tenant, and shows none', () => {
        index.replaceAll('one', story());
        index.replaceAll('two', { ...NOTHING, payments: [paymentDocument({ id: 'p1', state: 'settled' })] });
        expect(index.payment('one', 'p1')?.payment.state).toBe('accepted');
        expect(index.payment('two', 'p1')?.payment.state).toBe('settled');
        expect(index.resolvePayment('two', 'order-7')).toEqual([]);
        expect(index.incidents('two', { paymentId: null }, FIRST).items).toEqual([]);
        expect(index.incidentOfEvent('two', 'ev_1')).toBeNull();
        expect(index.incident('two', SHELL_INCIDENT)).toBeNull();
      });

      it('keeps the old content whole when the new one breaks off', () => {
        index.replaceAll(TENANT, story());
        const breaksOff = function* () {
          yield paymentDocument({ id: 'half' });
          throw new Error('the source broke off');
        };
        expect(() => index.replaceAll(TENANT, { ...NOTHING, payments: breaksOff() })).toThrow(
          'the source broke off',
        );
        expect(index.payment(TENANT, 'half')).toBeNull();
        expect(index.resolvePayment(TENANT, 'p0')).toEqual(['p1']);
        expect(index.incidents(TENANT, { paymentId: null }, FIRST).items).toHaveLength(2);
      });

      it('reads every iterable once, and takes generators', () => {
        const written = story();
        const once = function* <T>(items: T[]): Generator<T> {
          yield* items;
        };
        index.replaceAll(TENANT, {
          events: once(written.events),
          links: once(written.links),
          payments: once(written.payments),
          incidents: once(written.incidents),
        });
        expect(index.linksOfPayment(TENANT, 'p1', FIRST).items).toHaveLength(2);
      });
    });

    incidentIndexWriteSuite(() => index);
  });
}

function codeOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof CounterfoilError ? error.code : String(error);
  }
}
