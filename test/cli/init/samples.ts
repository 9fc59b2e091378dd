/** Files of payment records as companies have them, with card numbers and names where these stand in real ones. */
import { gzipSync } from 'node:zlib';

/** What must not be in anything that is printed. */
export const PRIVATE = ['4111111111111111', 'Ann Other', 'DE89370400440532013000', 'Miete'];

const turn = <T>(from: readonly T[], i: number): T | undefined => from[i % from.length];
const two = (n: number): string => String(n).padStart(2, '0');

/** A bank: semicolons, decimal commas, German, times without a zone. */
export function bankCsv(): string {
  const head =
    'Zahlungs-ID;Buchungszeit;Status;Zahlungsart;Betrag;Währung;Kundennummer;IBAN;Karte;Verwendungszweck';
  const rows = Array.from({ length: 40 }, (_, i) =>
    [
      `Z${i >> 1}`,
      `2026-03-10 14:00:${two(i)}`,
      turn(['GEBUCHT', 'STORNIERT', 'Q-17'], i),
      turn(['SEPA-Überweisung', 'Echtzeitüberweisung'], i),
      `1.0${two(i)},50`,
      'EUR',
      `K${i % 7}`,
      'DE89370400440532013000',
      '4111111111111111',
      `"Miete; ${i}"`,
    ].join(';'),
  );
  return `${[head, ...rows].join('\r\n')}\r\n`;
}

/** A PSP: nested, whole numbers, milliseconds, packed. */
export function pspNdjsonGz(): Buffer {
  const records = Array.from({ length: 40 }, (_, i) => ({
    event_id: `evt_${i}`,
    data: {
      payment: {
        id: `pay_${i >> 1}`,
        status: turn(['authorized', 'captured'], i),
        method: { type: 'visa', card: { number: '4111111111111111', holder: 'Ann Other' } },
        amount: { value: 100 + i, currency: 'EUR' },
        updatedAt: Date.UTC(2026, 2, 10, 14, 0, i),
        customer: { id: `c${i % 5}`, country: 'DE', name: 'Ann Other' },
      },
    },
  }));
  return gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

/** A change stream of a table, in the envelope of its connector. */
export function changesJson(): string {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    schema: { type: 'struct' },
    payload: {
      before: null,
      after: {
        payment_id: 1000 + (i >> 1),
        amount_cents: i * 11,
        currency_code: 'EUR',
        state: turn(['BOOKED', 'NEW'], i),
        rail: 'sepa_ct',
        updated_at: Date.UTC(2026, 2, 10, 14, 0, i) * 1000,
        debtor_name: 'Ann Other',
      },
      source: { ts_ms: 1, table: 'payments' },
      op: 'u',
    },
  }));
  return JSON.stringify(rows);
}
