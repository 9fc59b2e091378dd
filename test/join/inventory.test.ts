import { describe, expect, test } from 'vitest';
import { Inventory } from '../../src/join/inventory.ts';
import { NO_IDENTITY, type StatedIdentity } from '../../src/model/identity.ts';
import { at } from './builders.ts';

const DAY = 86_400_000_000;
const FULL_1 = 'aaaaaaaaaaaa'.padEnd(64, '1');
const FULL_2 = 'aaaaaaaaaaaa'.padEnd(64, '2');

function id(over: Partial<StatedIdentity>): StatedIdentity {
  return { ...NO_IDENTITY, ...over };
}

function learned(...statements: [Partial<StatedIdentity>, string][]): Inventory {
  const inventory = new Inventory(DAY);
  for (const [stated, time] of statements) inventory.learn(id(stated), at(time), null);
  inventory.sealNames();
  inventory.seal();
  return inventory;
}

const db0 = { cluster: 'c', namespace: 'pay', podName: 'db-0' };

describe('pods', () => {
  test('[J6] a reused name means the uid whose sightings contain the instant, and nobody in between', () => {
    const inventory = learned(
      [{ ...db0, podUid: 'A' }, '00:00'],
      [{ ...db0, podUid: 'A' }, '10:00'],
      [{ ...db0, podUid: 'B' }, '20:00'],
      [{ ...db0, podUid: 'B' }, '30:00'],
    );
    expect(inventory.resolve(id(db0), at('05:00')).pod).toBe('u:A');
    expect(inventory.resolve(id(db0), at('15:00'))).toMatchObject({
      pod: null,
      ambiguous: ['ambiguous_pod'],
    });
    expect(inventory.resolve(id(db0), at('25:00')).pod).toBe('u:B');
  });

  test('[J6] without a sighting around it, the only uid within a day; beyond that nobody', () => {
    const inventory = learned([{ ...db0, podUid: 'A' }, '00:00']);
    expect(inventory.resolve(id(db0), at('00:00') + DAY).pod).toBe('u:A');
    expect(inventory.resolve(id(db0), at('00:00') + DAY + 1).pod).toBeNull();
  });

  test('[J6] a name that nobody ever gave a uid is the pod itself; a name without namespace is none', () => {
    const inventory = learned([db0, '00:00']);
    expect(inventory.resolve(id(db0), at('00:00')).pod).toBe('n:c/pay/db-0');
    expect(inventory.resolve(id({ podName: 'db-0' }), at('00:00')).pod).toBeNull();
  });

  test('[J5] an absent cluster is the only one that knows the pod; two make it ambiguous', () => {
    const bare = { namespace: 'pay', podName: 'db-0' };
    expect(learned([db0, '00:00']).resolve(id(bare), at('00:00')).pod).toBe('n:c/pay/db-0');
    const two = learned([db0, '00:00'], [{ ...db0, cluster: 'd' }, '00:00']);
    expect(two.resolve(id(bare), at('00:00'))).toMatchObject({ pod: null, ambiguous: ['ambiguous_pod'] });
    expect(learned([bare, '00:00']).resolve(id(bare), at('00:00')).pod).toBe('n:/pay/db-0');
  });

  test('[J10] a host name means a pod only where one place has a pod of that name', () => {
    expect(learned([db0, '00:00']).podOfHostName('db-0')).toEqual({ cluster: 'c', namespace: 'pay' });
    const two = learned([db0, '00:00'], [{ ...db0, namespace: 'shop' }, '00:00']);
    expect(two.podOfHostName('db-0')).toBeNull();
    expect(two.podOfHostName('other')).toBeNull();
  });
});

describe('containers', () => {
  test('[J7] a prefix means the one full id that starts with it', () => {
    const inventory = learned([{ containerId: FULL_1, podUid: 'A' }, '00:00']);
    const resolved = inventory.resolve(id({ containerId: FULL_1.slice(0, 12) }), at('00:00'));
    expect(resolved).toEqual({ pod: 'u:A', container: FULL_1, ambiguous: [] });
  });

  test('[J7] two full ids: the stated pod decides, then the cluster, else it is ambiguous', () => {
    const inventory = learned(
      [{ containerId: FULL_1, podUid: 'A', cluster: 'c' }, '00:00'],
      [{ containerId: FULL_2, podUid: 'B', cluster: 'd' }, '00:00'],
    );
    const short = { containerId: 'aaaaaaaaaaaa' };
    expect(inventory.resolve(id(short), at('00:00'))).toMatchObject({
      container: null,
      ambiguous: ['ambiguous_container'],
    });
    expect(inventory.resolve(id({ ...short, podUid: 'B' }), at('00:00')).container).toBe(FULL_2);
    expect(inventory.resolve(id({ ...short, cluster: 'c' }), at('00:00')).container).toBe(FULL_1);
    expect(inventory.resolve(id({ ...short, podUid: 'Z' }), at('00:00')).container).toBeNull();
  });

  test('[J6] a record that states only a container has the pod on which all records of it agree', () => {
    const agreeing = learned(
      [{ containerId: FULL_1, podUid: 'A' }, '00:00'],
      [{ containerId: FULL_1.slice(0, 31), podUid: 'A' }, '00:00'],
    );
    expect(agreeing.resolve(id({ containerId: FULL_1 }), at('00:00')).pod).toBe('u:A');
    const torn = learned(
      [{ containerId: FULL_1, podUid: 'A' }, '00:00'],
      [{ containerId: FULL_1, podUid: 'B' }, '00:00'],
    );
    expect(torn.resolve(id({ containerId: FULL_1 }), at('00:00'))).toMatchObject({
      pod: null,
      container: FULL_1,
    });
  });
});

describe('service accounts', () => {
  test('pods are known to run as an account only where a record proves it', () => {
    const inventory = new Inventory(DAY);
    const account = { namespace: 'pay', name: 'notify' };
    inventory.learn(id({ ...db0, podUid: 'A' }), at('00:00'), account);
    inventory.learn(id({ ...db0, podName: 'db-1', podUid: 'B' }), at('00:00'), null);
    inventory.sealNames();
    inventory.seal();
    const key = inventory.accountKey(null, account);
    expect(key).toBe('c/pay/notify');
    expect([...inventory.podsOfAccount(key ?? '')]).toEqual(['u:A']);
  });
});
