/**
 * ISO 8583 card messages, decoded by somebody else (iso8583-elements.ts).
 *
 * Ids: acquirer, trace number and transmission time (DE32, DE11, DE7) together name a message; the trace number alone
 * starts again every day. A reversal names the message that it reverses in the same way (DE90), and is an event of that payment.
 * A completion (0220) names its authorisation so too. Senders who do not know the acquirer of the original fill its place with zeros: it is their own.
 * Retrieval reference and terminal (DE37, DE41) name it too, where they are no zeros; the reference alone finds and never merges.
 *
 * Times: DE7 is in GMT and has no year. It is the year that brings it nearest to when the record is read; a file that is
 * more than half a year old needs years in its records.
 *
 * Why a reversal that was only asked for counts: an issuer must carry it out. One that was declined does not, and one that replaces the
 * amount (DE95) leaves the payment as it was, with less money.
 *
 * A refund (processing code 20…) is a payment of its own, and money that comes back to the cardholder, whatever class its message is of: nothing of it is
 * out. Other credits (a deposit, a payment to a card) are money that goes its way.
 *
 * Worked example: 0400, DE7 0109080646 read in January 2026, DE90 0200 003316 0908064519 00000000200 …: a reversal at
 * 2026-01-09T08:06:46Z of payment `200/003316/2025-09-08T06:45:19`.
 * Source: ISO 8583:1987, clauses 4.1 (message types) and 4.2 (data elements); reference/formats 3.11.
 */
import { isInstant, formatInstant, MICROS_PER_MS, type Instant } from '../../model/instant.ts';
import { currencyExponent, currencyOfNumber, parseAmount } from '../../model/money.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { Place } from '../../model/place.ts';
import { ignoredAs, refusedAs, type Decoded } from '../decoded.ts';
import { readIso8583, type Iso8583Message } from './iso8583-elements.ts';
import type { PaymentContext } from './payment-context.ts';
import { drafted } from './payment-draft.ts';
import { XmlRefusal } from '../xml-walk.ts';

const CLASSES: Readonly<Record<string, string>> = {
  '1': 'authorization',
  '2': 'financial',
  '4': 'reversal',
};
/** Of the message type `x4xx`, origins 2 and 3 (the issuer) are chargebacks; function 2 is an advice, as everywhere. */
const CHARGEBACK = /^.4.[23]/;
/** Functions 2 and 3, an advice and its answer, tell of what was done already. */
const ADVICE = /^..[23]/;
/** DE3: money that goes to the cardholder. */
const CREDIT = /^2/;
/** DE3: what was paid for goods or services comes back. */
const REFUND = /^20/;
const ZEROS = /^0+$/;
/** DE39 of two digits (1987): approved, in full, in part, or with something to note. Of three (1993): all of the first hundred; 400 is a reversal that was accepted. */
const APPROVED = /^(?:00|08|10|11|16|85|0\d\d|400)$/;

export function decodeIso8583(value: unknown, _place: Place, context: PaymentContext): Decoded<PaymentEvent> {
  let message: Iso8583Message | null;
  try {
    message = readIso8583(value);
  } catch (error) {
    if (error instanceof XmlRefusal) return refusedAs(error.reason, error.message);
    throw error;
  }
  if (message === null)
    return refusedAs('wrong_shape', 'A message of ISO 8583 has an MTI of four digits, and elements.');
  const kind = CHARGEBACK.test(message.mti) ? 'chargeback' : CLASSES[message.mti.charAt(1)];
  return kind === undefined ? ignoredAs('no_payment') : decodeMessage(kind, message, context);
}

function decodeMessage(
  kind: string,
  { mti, elements }: Iso8583Message,
  context: PaymentContext,
): Decoded<PaymentEvent> {
  const element = (number: number): string | null => elements.get(number) ?? null;
  const sent = element(7);
  if (sent === null) return refusedAs('missing_time', 'The message has no transmission time (DE7).');
  const time = nearestYear(sent, context.now());
  if (time === null) return refusedAs('bad_time', 'DE7 is no time of the form MMDDhhmmss.');
  const amount = amountOf(element(4), element(49));
  if (amount === undefined)
    return refusedAs('bad_amount', 'DE4 is no amount of 12 digits in a currency of ISO 4217 (DE49).');
  const [acquirer, trace, response] = [element(32), element(11), element(39)];
  const isUndoing = kind === 'reversal' || kind === 'chargeback';
  const isCompletion = kind === 'financial' && ADVICE.test(mti) && !CREDIT.test(element(3) ?? '');
  const original = isUndoing || isCompletion ? originalOf(element(90), acquirer, time) : null;
  const replaced = original === null || !isUndoing ? null : replacedAmount(element(95), amount);
  const answer = answerOf(response, ADVICE.test(mti) && !isUndoing);
  // Of what was not undone after all, or only in part, the payment stays what it was.
  const isKept = replaced !== null ? answer !== 'declined' : kind === 'reversal' && answer === 'declined';
  const isRefund = REFUND.test(element(3) ?? '');
  const before = isRefund ? 'refund' : CLASSES[original?.mti.charAt(1) ?? ''];
  const asked = isRefund && !isUndoing ? 'refund' : kind;
  const code = isKept && before !== undefined ? `${before}/approved` : `${asked}/${answer}`;
  const rail = context.states.railOf('iso8583', ['card'], 'card');
  const own = acquirer === null || trace === null ? null : keyOf(acquirer, trace, time);
  const [reference, terminal] = [unlessZeros(element(37)), unlessZeros(element(41))];
  return drafted(
    {
      format: 'iso8583',
      nativeTuple: [mti, sent, trace, acquirer, element(37), element(41), response, element(90), element(95)],
      ownId: original?.key ?? own,
      aliases: [
        ['rrn_terminal', reference === null || terminal === null ? null : `${reference}/${terminal}`],
        ['rrn', reference],
      ],
      time,
      rail,
      state: context.states.stateOf('iso8583', rail, code),
      amount: replaced ?? amount,
      merchantId: element(42),
      attributes: {
        mti,
        response_code: response,
        mcc: element(18),
        authorization_code: element(38),
        settlement_date: settlementDate(element(15), time),
      },
    },
    context,
  );
}

/** @param isDone whether it was done when it was told: nobody answers for that */
function answerOf(response: string | null, isDone: boolean): 'asked' | 'approved' | 'declined' {
  if (response === null) return isDone ? 'approved' : 'asked';
  return APPROVED.test(response) ? 'approved' : 'declined';
}

/** Fields of fixed length are filled with zeros where there is nothing to say. */
function unlessZeros(text: string | null): string | null {
  return text === null || ZEROS.test(text) ? null : text;
}

/** `MMDDhhmmss` in GMT, in the year that brings it nearest to `near`; null where it is no time. */
function nearestYear(text: string, near: Instant): Instant | null {
  const m = /^(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text);
  if (m === null) return null;
  const [month, day, hour, minute, second] = m.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return null;
  const year = new Date(near / MICROS_PER_MS).getUTCFullYear();
  // Four years to either side: the 29th of February is there in one of them.
  const candidates = [0, -1, 1, -2, 2, -3, 3, -4, 4]
    .map((apart) => Date.UTC(year + apart, month - 1, day, hour, minute, second))
    .filter((ms) => new Date(ms).getUTCMonth() === month - 1 && new Date(ms).getUTCDate() === day)
    .map((ms) => ms * MICROS_PER_MS)
    .filter(isInstant);
  const [first, ...others] = candidates;
  if (first === undefined) return null;
  return others.reduce((best, at) => (Math.abs(at - near) < Math.abs(best - near) ? at : best), first);
}

/** One message of one acquirer; leading zeros of an institution are padding. */
function keyOf(acquirer: string, trace: string, time: Instant): string {
  return `${acquirer.replace(/^0+(?=.)/, '')}/${trace}/${formatInstant(time).slice(0, 19)}`;
}

/**
 * DE90: type (4), trace number (6), transmission time (10), acquirer (11), forwarding institution (11).
 * @param sender whose acquirer it is where DE90 states none
 */
function originalOf(
  text: string | null,
  sender: string | null,
  near: Instant,
): { mti: string; key: string } | null {
  const m = /^(\d{4})(\d{6})(\d{10})(\d{11})\d{11}$/.exec(text ?? '');
  if (m === null) return null;
  const [, mti = '', trace = '', sent = '', stated = ''] = m;
  const time = nearestYear(sent, near);
  const acquirer = unlessZeros(stated) ?? sender;
  return time === null || acquirer === null ? null : { mti, key: keyOf(acquirer, trace, time) };
}

type Amount = { minor: bigint; currency: string };

/**
 * Null: none stated; undefined: no amount.
 * @param code of the currency, three digits, or three letters, which the standard allows too
 */
function amountOf(digits: string | null, code: string | null): Amount | null | undefined {
  if (digits === null) return null;
  const currency = currencyOfNumber(code ?? '') ?? (code ?? '').toUpperCase();
  return /^\d{12}$/.test(digits) ? amountIn(digits, currency) : undefined;
}

/** DE95: the first twelve digits are what the transaction now comes to. All zero: nothing of it, which is a reversal. */
function replacedAmount(text: string | null, stated: Amount | null): Amount | null {
  const digits = /^(\d{12})\d*/.exec(text ?? '')?.[1] ?? '';
  if (stated === null || !/[1-9]/.test(digits)) return null;
  return amountIn(digits, stated.currency) ?? null;
}

function amountIn(digits: string, currency: string): Amount | undefined {
  const exponent = currencyExponent(currency);
  if (exponent === undefined) return undefined;
  const at = digits.length - exponent;
  const text = exponent === 0 ? digits : `${digits.slice(0, at)}.${digits.slice(at)}`;
  const minor = parseAmount(text, currency);
  return minor === undefined ? undefined : { minor, currency };
}

/** DE15, `MMDD`, as a date. */
function settlementDate(text: string | null, near: Instant): string | null {
  const time = nearestYear(`${text ?? ''}120000`, near);
  return time === null ? null : formatInstant(time).slice(0, 10);
}
