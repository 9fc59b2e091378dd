/** What every inventory must do (ports/inventory.ts); part of fact-store.suite.ts, since it is part of that store. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FactStore } from '../../src/ports/fact-store.ts';
import { identityFact, NOON, statementFact } from './facts.ts';

export function inventorySuite(storeOf: () => FactStore): void {
  describe('inventory', () => {
    it('widens ranges and unites instants, whatever the order, and however often', async () => {
      const seen = fc.record({
        pod: fc.constantFrom('a', 'b'),
        first: fc.nat(9),
        length: fc.nat(9),
        instants: fc.array(fc.nat(9), { maxLength: 3 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(seen, { maxLength: 6 }), async (sightings) => {
          const facts = sightings.map(({ pod, first, length, instants }) => ({
            pod,
            first: NOON + first,
            last: NOON + first + length,
            instants: instants.map((instant) => NOON + instant),
          }));
          type Seen = (typeof facts)[number];
          const seenIn = ({ first, last, instants }: Seen): Omit<Seen, 'pod'> => ({
            first,
            last,
            instants,
          });
          const add = async (order: Seen[]): Promise<unknown> => {
            await storeOf().rollback();
            await storeOf().addIdentities(
              order.map((fact) => identityFact({ ...seenIn(fact), name: fact.pod })),
            );
            await storeOf().addStatements(
              order.map((fact) => statementFact({ ...seenIn(fact), pod: fact.pod })),
            );
            return storeOf().inventory();
          };
          const once = await add(facts);
          expect(await add([...facts.toReversed(), ...facts])).toEqual(once);
        }),
        { numRuns: 50 },
      );
    });

    it('merges what it says it merges', async () => {
      await storeOf().addIdentities([identityFact({ first: NOON + 5, last: NOON + 9, instants: [9, 5] })]);
      await storeOf().addIdentities([identityFact({ first: NOON + 7, last: NOON + 12, instants: [7, 9] })]);
      const merged = identityFact({ first: NOON + 5, last: NOON + 12, instants: [5, 7, 9] });
      expect((await storeOf().inventory()).identities).toEqual([merged]);
    });

    it('tells statements apart by every member, the account too', async () => {
      const facts = [
        statementFact(),
        statementFact({ account: { namespace: 'payments', name: 'ledger' } }),
        statementFact({ pod: 'other' }),
      ];
      await storeOf().addStatements(facts);
      const { statements } = await storeOf().inventory();
      expect(statements).toHaveLength(3);
      expect(statements).toEqual(expect.arrayContaining(facts));
    });

    it('keeps the 1,000 smallest instants, whichever came first', async () => {
      const early = Array.from({ length: 700 }, (_, i) => NOON + i);
      const late = Array.from({ length: 700 }, (_, i) => NOON + 10_000 + i);
      const kept = [...early, ...late.slice(0, 300)];
      for (const order of [
        [early, late],
        [late, early],
      ]) {
        await storeOf().rollback();
        for (const instants of order) await storeOf().addIdentities([identityFact({ instants })]);
        expect((await storeOf().inventory()).identities[0]?.instants).toEqual(kept);
      }
    });

    it('knows each account once', async () => {
      const account = { cluster: 'prod', account: { namespace: 'payments', name: 'ledger' } };
      await storeOf().addAccounts([account, account]);
      await storeOf().addAccounts([account, { ...account, cluster: 'test' }]);
      expect((await storeOf().inventory()).accounts).toHaveLength(2);
    });
  });
}
