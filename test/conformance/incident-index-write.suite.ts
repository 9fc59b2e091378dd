/**
 * The part of the suite of incident indexes that is about `write`; part of incident-index.suite.ts.
 *
 * The heart is one property: after any sequence of writes the index answers every question as an index does into which
 * the final set was put with `replaceAll`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventDocument } from '../../src/model/documents/event.ts';
import type { IncidentDocument } from '../../src/model/documents/incident.ts';
import type { LinkDocument } from '../../src/model/documents/link.ts';
import type { PaymentDocument } from '../../src/model/documents/payment.ts';
import type { DocumentChanges, Documents, IncidentIndex } from '../../src/ports/incident-index.ts';
import {
  eventDocument,
  incidentDocument,
  linkDocument,
  ofTenant,
  paymentDocument,
  SHELL_INCIDENT,
  story,
  TENANT,
} from './incident-documents.ts';

const ALL = { limit: 1_000, cursor: null };
const NO_CHANGE: DocumentChanges = {
  events: [],
  links: [],
  payments: [],
  incidents: [],
  removed: { events: [], payments: [], incidents: [] },
};

const EVENTS = ['ev_1', 'ev_2', 'ev_3'];
const PAYMENTS = ['p1', 'p2', 'p3'];
const INCIDENTS = ['inc_1', 'inc_2'];
const NAMES = ['n1', 'n2', ...PAYMENTS];

const minute = fc.nat(2).map((n) => `2026-03-10T14:0${n}:00.000Z`);
const anIncident = fc.option(fc.constantFrom(...INCIDENTS), { nil: undefined });
const anEvent = fc
  .record({ id: fc.constantFrom(...EVENTS), start: minute, incident: anIncident, links: fc.nat(1) })
  .map(({ incident, ...spec }) => eventDocument(incident === undefined ? spec : { ...spec, incident }));
const aPayment = fc
  .record({
    id: fc.constantFrom(...PAYMENTS),
    time: minute,
    state: fc.constantFrom('accepted', 'settled'),
    aliases: fc.array(
      fc.record({ type: fc.constantFrom('uetr', 'order_id'), value: fc.constantFrom(...NAMES) }),
      { maxLength: 3 },
    ),
    superseded: fc.array(fc.constantFrom(...NAMES), { maxLength: 1 }),
  })
  .map(paymentDocument);
const aLink = fc
  .tuple(anEvent, aPayment, fc.constantFrom('live' as const, 'withdrawn' as const))
  .map(([event, payment, status]) => linkDocument(event, payment, 0.9, status));
const anIncidentDocument = fc
  .record({ id: fc.constantFrom(...INCIDENTS), start: minute, title: fc.constantFrom('a', 'b') })
  .map((spec) => incidentDocument(spec));
const aChange: fc.Arbitrary<DocumentChanges> = fc.record({
  events: fc.array(anEvent, { maxLength: 2 }),
  links: fc.array(aLink, { maxLength: 3 }),
  payments: fc.array(aPayment, { maxLength: 2 }),
  incidents: fc.array(anIncidentDocument, { maxLength: 2 }),
  removed: fc.record({
    events: fc.array(fc.constantFrom(...EVENTS), { maxLength: 1 }),
    payments: fc.array(fc.constantFrom(...PAYMENTS), { maxLength: 1 }),
    incidents: fc.array(fc.constantFrom(...INCIDENTS), { maxLength: 1 }),
  }),
});

/** The final set of a sequence of writes. */
class Model {
  readonly events = new Map<string, EventDocument>();
  readonly links = new Map<string, LinkDocument>();
  readonly payments = new Map<string, PaymentDocument>();
  readonly incidents = new Map<string, IncidentDocument>();

  write(changes: DocumentChanges): void {
    for (const id of changes.removed.events) this.events.delete(id);
    for (const id of changes.removed.payments) this.payments.delete(id);
    for (const id of changes.removed.incidents) this.incidents.delete(id);
    for (const document of changes.events) this.events.set(document.event.id, document);
    for (const document of changes.links) this.links.set(document.link.id, document);
    for (const document of changes.payments) this.payments.set(document.payment.id, document);
    for (const document of changes.incidents) this.incidents.set(document.incident.id, document);
  }

  async putInto(index: IncidentIndex, tenant: string): Promise<void> {
    await index.replaceAll(
      tenant,
      documentsOf(tenant, {
        events: this.events.values(),
        links: this.links.values(),
        payments: this.payments.values(),
        incidents: this.incidents.values(),
      }),
    );
  }
}

function documentsOf(tenant: string, { events, links, payments, incidents }: Documents): Documents {
  return {
    events: ofTenant(tenant, events),
    links: ofTenant(tenant, links),
    payments: ofTenant(tenant, payments),
    incidents: ofTenant(tenant, incidents),
  };
}

/** Every answer of the index, without the name of the tenant. Ids of links are the same for every tenant here. */
async function answers(index: IncidentIndex, tenant: string): Promise<unknown> {
  const text = JSON.stringify(await allAnswers(index, tenant));
  return JSON.parse(text.replaceAll(`"tenant":"${tenant}"`, '"tenant":""')) as unknown;
}

async function allAnswers(index: IncidentIndex, tenant: string): Promise<unknown> {
  const all = async (ids: readonly string[], ask: (id: string) => Promise<unknown>[]): Promise<unknown[]> =>
    await Promise.all(ids.map((id) => Promise.all(ask(id))));
  return {
    payments: await all(PAYMENTS, (id) => [
      index.payment(tenant, id),
      index.linksOfPayment(tenant, id, ALL),
      index.incidents(tenant, { paymentId: id }, ALL),
    ]),
    names: await all(NAMES, (name) => [index.resolvePayment(tenant, name)]),
    events: await all(EVENTS, (id) => [
      index.event(tenant, id),
      index.incidentOfEvent(tenant, id),
      index.linksOfEvent(tenant, id, ALL),
    ]),
    incidents: await all(INCIDENTS, (id) => [
      index.incident(tenant, id),
      index.linksOfIncident(tenant, id, ALL),
      index.eventsOfIncident(tenant, id, ALL),
      index.paymentsOfIncident(tenant, id, ALL),
    ]),
    all: await index.incidents(tenant, { paymentId: null }, ALL),
  };
}

export function incidentIndexWriteSuite(current: () => IncidentIndex, numRuns: number): void {
  describe('writing single documents', () => {
    it('leaves the same as replacing everything with the final set, after any sequence of writes', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(aChange, { minLength: 1, maxLength: 6 }), async (changes) => {
          const index = current();
          const model = new Model();
          await model.putInto(index, 'written');
          for (const change of changes) {
            await index.write('written', { ...change, ...documentsOf('written', change) });
            model.write(change);
          }
          await model.putInto(index, 'replaced');
          expect(await answers(index, 'written')).toEqual(await answers(index, 'replaced'));
        }),
        { numRuns },
      );
    });

    it('writes the same twice as once', async () => {
      const index = current();
      const written = { ...NO_CHANGE, ...story() };
      await index.write(TENANT, written);
      const once = await answers(index, TENANT);
      await index.write(TENANT, written);
      expect(await answers(index, TENANT)).toEqual(once);
      expect((await index.paymentsOfIncident(TENANT, SHELL_INCIDENT, ALL)).items).toHaveLength(3);
    });

    it('forgets a name that a payment lost, and keeps it for another that has it', async () => {
      const index = current();
      await index.write(TENANT, { ...NO_CHANGE, ...story() });
      await index.write(TENANT, { ...NO_CHANGE, payments: [paymentDocument({ id: 'p1' })] });
      expect(await index.resolvePayment(TENANT, 'order-7')).toEqual(['p2']);
      expect(await index.resolvePayment(TENANT, 'E2E-1')).toEqual([]);
      expect(await index.resolvePayment(TENANT, 'p1')).toEqual(['p1']);
    });

    it('moves a payment to the incident that its link names now', async () => {
      const index = current();
      const event = eventDocument({ id: 'ev_1', incident: 'inc_1' });
      const moved = eventDocument({ id: 'ev_1', incident: 'inc_2' });
      const payment = paymentDocument({ id: 'p1' });
      await index.write(TENANT, {
        ...NO_CHANGE,
        events: [event],
        links: [linkDocument(event, payment)],
        payments: [payment],
        incidents: INCIDENTS.map((id) => incidentDocument({ id })),
      });
      await index.write(TENANT, { ...NO_CHANGE, events: [moved], links: [linkDocument(moved, payment)] });
      expect((await index.paymentsOfIncident(TENANT, 'inc_1', ALL)).items).toEqual([]);
      expect((await index.paymentsOfIncident(TENANT, 'inc_2', ALL)).items).toEqual([payment]);
      const withPayment = (await index.incidents(TENANT, { paymentId: 'p1' }, ALL)).items;
      expect(withPayment.map((item) => item.incident.id)).toEqual(['inc_2']);
    });

    it('keeps a document that is given and removed at once', async () => {
      const index = current();
      const payment = paymentDocument({ id: 'p1' });
      await index.write(TENANT, {
        ...NO_CHANGE,
        payments: [payment],
        removed: { events: [], payments: ['p1'], incidents: [] },
      });
      expect(await index.payment(TENANT, 'p1')).toEqual(payment);
    });

    it('touches no other tenant', async () => {
      const index = current();
      await index.write('one', { ...NO_CHANGE, ...documentsOf('one', story()) });
      const before = await answers(index, 'one');
      await index.write('two', {
        ...NO_CHANGE,
        payments: [paymentDocument({ id: 'p1', state: 'settled', tenant: 'two' })],
      });
      await index.write('two', {
        ...NO_CHANGE,
        removed: { events: [], payments: ['p1'], incidents: [SHELL_INCIDENT] },
      });
      expect(await answers(index, 'one')).toEqual(before);
    });

    it('keeps everything as it was when a change breaks off', async () => {
      const index = current();
      await index.write(TENANT, { ...NO_CHANGE, ...story() });
      const before = await answers(index, TENANT);
      const breaksOff = function* () {
        yield paymentDocument({ id: 'p1', state: 'settled' });
        throw new Error('the source broke off');
      };
      const change = {
        ...NO_CHANGE,
        removed: { events: [], payments: ['p2'], incidents: [] },
        payments: breaksOff(),
      };
      await expect(index.write(TENANT, change)).rejects.toThrow('the source broke off');
      expect(await answers(index, TENANT)).toEqual(before);
    });
  });
}
