/** Payment records, and the small faults that files of a real company have. */
import type { SeededRandom } from '../../../tools/seeded-random.ts';
import type { TimedRecord } from './audit.ts';
import type { Pod } from './company.ts';
import { NUMBER_MARK } from './falco.ts';
import type { StoryPayment } from './payments.ts';
import { millisText } from './time.ts';

/** A number that card schemes publish for tests; somebody of the story typed one into a note. */
const CARD_NUMBER_IN_NOTE = 'caller paid with 4111 1111 1111 1111, exp 12/27, please call back';
const NOTE_ON = 'pay_0117';

/** One record for each change of state. Only the first says everything; the source repeats no more than it must. */
export function paymentRecords(
  payments: readonly StoryPayment[],
  ledger: Pod,
  random: SeededRandom,
): TimedRecord[] {
  return payments.flatMap((payment) => {
    const byPod = payment.binding === 'none' && payment.service === 'ledger' && random.chance(0.5);
    return payment.states.map(({ ms, state, attributes }, index) => ({
      ms,
      record: {
        id: payment.id,
        time: millisText(ms),
        rail: payment.rail,
        state,
        ...(index === 0 ? firstRecord(payment) : {}),
        ...(index === 0 && byPod ? { pod_uid: ledger.uid } : {}),
        ...(index === 0 && payment.id === NOTE_ON ? { note: CARD_NUMBER_IN_NOTE } : {}),
        ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
      },
    }));
  });
}

function firstRecord(payment: StoryPayment): Record<string, unknown> {
  const ids = idsOf(payment);
  return {
    ...(ids.length === 0 ? {} : { ids }),
    amount: payment.amount,
    currency: payment.currency,
    customer: payment.customer,
    ...(payment.merchant === null ? {} : { merchant: { id: payment.merchant } }),
    ...(payment.service === null ? {} : { service: payment.service }),
    ...(payment.binding === 'record' ? { trace_id: payment.traceId } : {}),
  };
}

function idsOf({ rail, uetr, endToEndId, orderId }: StoryPayment): { type: string; value: string }[] {
  if (rail === 'card') return [{ type: 'order_id', value: orderId }];
  const endToEnd = { type: 'end_to_end_id', value: endToEndId };
  return rail === 'ach_credit' ? [endToEnd] : [{ type: 'uetr', value: uetr }, endToEnd];
}

/** Lines in the order of arrival: roughly by time, not quite, as shippers deliver. */
export function linesOf(records: readonly TimedRecord[], random: SeededRandom, spreadMs: number): string[] {
  return records
    .map((timed) => ({ arrived: timed.ms + random.integer(0, spreadMs), line: lineOf(timed.record) }))
    .toSorted((a, b) => a.arrived - b.arrived || (a.line < b.line ? -1 : 1))
    .map(({ line }) => line);
}

/** JSON on one line, with the numbers that a Number could not hold. */
function lineOf(record: unknown): string {
  return JSON.stringify(record).replaceAll(new RegExp(`"${NUMBER_MARK}(\\d+)"`, 'g'), '$1');
}

/** Delivers the line that contains `text` a second time, a little later. */
export function deliverTwice(lines: readonly string[], text: string): string[] {
  const index = lines.findIndex((line) => line.includes(text));
  const line = lines[index];
  if (line === undefined) throw new Error(`no line contains ${text}`);
  return lines.toSpliced(index + 7, 0, line);
}

/** Cuts the last line that contains `text` in the middle, as a shipper does that dies while it writes. */
export function cutShort(lines: readonly string[], text: string): string[] {
  const index = lines.findLastIndex((line) => line.includes(text));
  const line = lines[index];
  if (line === undefined) throw new Error(`no line contains ${text}`);
  return lines.with(index, line.slice(0, Math.floor(line.length / 2)));
}
