/**
 * ISO 20022 payments between banks: pacs.008 (credit transfer), pacs.002 (status report), camt.056 (recall).
 *
 * What: each transaction of a message is one payment event, at the creation time of its message. A status that a report gives for the
 * whole group holds for each transaction that it lists without one of its own. A group of which it lists none is refused (`group_status`): which
 * transactions the original message held is not in it (docs/decisions/0023).
 *
 * Ids: the UETR, which is unique in the world. Others are references, unique for a bank and for some time: the transaction id along the whole chain; one that
 * is too short to be so (a counter), and the instruction id, together with the id of their message, and with its sender where he is known.
 * They tie a record to the one payment that they name, and never two of different UETRs (join/payment-references.ts). The end-to-end id and the
 * instruction id alone find and never merge.
 *
 * Why the creation time: `AccptncDtTm` of a report may be that of the payment, and then all its states would be one moment.
 *
 * Worked example: pacs.008 with TxId 20230713234567891T1B…, 46154.49 USD, clearing system TCH -> accepted on rail rtp; pacs.002 with
 * that OrgnlTxId and ACSC -> settled.
 * Source: ISO 20022 message definitions and external code sets; reference/formats 3.11.
 */
import { parseInstant, type Instant } from '../../model/instant.ts';
import { currencyExponent, parseAmount } from '../../model/money.ts';
import type { PaymentEvent } from '../../model/payment.ts';
import type { Place } from '../../model/place.ts';
import { parseTraceId } from '../../model/trace-id.ts';
import { ignoredAs, merged, refusedAs, type Decoded } from '../decoded.ts';
import {
  readIso20022,
  senderIn,
  type Iso20022Document,
  type Iso20022Transaction,
  type Picked,
} from './iso20022-messages.ts';
import type { PaymentContext } from './payment-context.ts';
import { drafted } from './payment-draft.ts';
import { paymentIdIn } from './payment-ids.ts';
import { XmlRefusal } from '../xml-walk.ts';

/** What marks a document of ISO 20022, escaped within another or not, within this many characters. */
const HEAD = 64 * 1024;
const MARKS = /iso:20022|FIToFI(?:CstmrCdtTrf|PmtStsRpt|PmtCxlReq)/;
/** Shorter ones hold no date and bank, and are counters; so are those that are filled up with zeros. */
const MIN_TRANSACTION_ID = 12;
const COUNTER = /^0\d*$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** Whether a record looks like a document of ISO 20022. */
export function isIso20022(value: unknown): boolean {
  return typeof value === 'string' && /^\s*</.test(value) && MARKS.test(value.slice(0, HEAD));
}

export function decodeIso20022(
  value: unknown,
  _place: Place,
  context: PaymentContext,
): Decoded<PaymentEvent> {
  if (typeof value !== 'string') return refusedAs('wrong_shape', 'A document of ISO 20022 is XML.');
  let document: Iso20022Document;
  try {
    document = readIso20022(value);
  } catch (error) {
    if (error instanceof XmlRefusal) return refusedAs(error.reason, error.message);
    throw error;
  }
  if (document.messages === 0) {
    if (document.otherMessage) return ignoredAs('other_message');
    return refusedAs('wrong_shape', 'The XML holds none of pacs.008, pacs.002 and camt.056.');
  }
  return merged([
    ...document.transactions.map((transaction) => decodeTransaction(transaction, context)),
    ...repeated(document.emptyMessages, EMPTY),
    ...repeated(document.bareGroups, GROUP_STATUS),
  ]);
}

const EMPTY = refusedAs<PaymentEvent>(
  'missing_id',
  'The message lists no transaction, so that it names no payment.',
);
const GROUP_STATUS = refusedAs<PaymentEvent>(
  'group_status',
  'The message speaks of a whole other message (GrpSts of OrgnlGrpInfAndSts, or GrpCxl) and lists none of its transactions, so that it names no payment. ' +
    'Ask the sender for reports by transaction (TxInfAndSts, TxInf), or send each transaction with its new state as a payment record of our own form.',
);

function repeated<T>(count: number, value: T): T[] {
  return Array.from({ length: count }, () => value);
}

function decodeTransaction(transaction: Iso20022Transaction, context: PaymentContext): Decoded<PaymentEvent> {
  const { message, group, own, ambiguous } = transaction;
  if (message === 'pacs.002' && isOfOther(transaction)) return ignoredAs('other_original');
  if (ambiguous)
    return refusedAs('wrong_shape', 'An element that may stand once stands twice in the message.');
  const time = creationTime(group.get('CreDtTm'), context);
  if (typeof time !== 'number') return time;
  const amount = amountOf(own);
  if (amount === undefined || (amount === null && message === 'pacs.008'))
    return refusedAs('bad_amount', 'The interbank amount is decimal text in a currency of ISO 4217.');
  const status = statusOf(transaction);
  if (status === null) return refusedAs('wrong_shape', 'The report gives the transaction no status.');
  const scheme = schemeOf(transaction);
  const rail = context.states.railOf('iso20022', scheme.codes, scheme.own);
  const ids = idsOf(transaction);
  const sender = senderIn(transaction);
  return drafted(
    {
      format: 'iso20022',
      nativeTuple: [message, messageId(group), group.get('CreDtTm') ?? null, status, ...Object.values(ids)],
      aliases: [
        ['uetr', ids.uetr],
        ...referencesOf(ids, message === 'pacs.008' ? 'iso20022_sender' : 'iso20022_addressee', sender),
        ['end_to_end_id', ids.endToEnd],
        ['instruction_id', ids.instruction],
      ],
      time,
      rail,
      state: context.states.stateOf('iso20022', rail, status),
      amount,
      customerCountry: own.get('Dbtr/PstlAdr/Ctry') ?? null,
      traceId: traceIdOf(own),
      attributes: {
        iso_message: message,
        iso_status: message === 'pacs.002' ? status : null,
        message_id: messageId(group),
        reason: reasonOf(own),
        settlement_date: settlementDate(own, group),
      },
    },
    context,
  );
}

/** Messages that make payments; a report of another (a return, a reversal, a request) tells how that went, under the ids of the payment. */
const PAYMENT_MESSAGES = /^pacs\.0(?:03|08|09|10)/;

function isOfOther({ group, own }: Iso20022Transaction): boolean {
  const name = own.get('OrgnlGrpInf/OrgnlMsgNmId') ?? group.get('OrgnlMsgNmId') ?? '';
  return name !== '' && !PAYMENT_MESSAGES.test(name);
}

/** The instant; what is wrong with it otherwise. */
function creationTime(
  text: string | undefined,
  { localTime }: PaymentContext,
): Instant | Decoded<PaymentEvent> {
  if (text === undefined || text === '') return refusedAs('missing_time', 'The message has no CreDtTm.');
  const zoned = parseInstant(text);
  if (zoned !== undefined) return zoned;
  const local = localTime?.(text);
  if (local !== undefined) return local;
  return refusedAs(
    'bad_time',
    localTime === null
      ? 'CreDtTm names no zone, and inputs.payments.zone is none.'
      : 'CreDtTm is no time of a calendar.',
  );
}

function messageId(group: Picked): string | null {
  return group.get('MsgId') ?? group.get('Id') ?? null;
}

/** Null: none stated; undefined: no amount. */
function amountOf(own: Picked): { minor: bigint; currency: string } | null | undefined {
  const path = ['IntrBkSttlmAmt', 'OrgnlTxRef/IntrBkSttlmAmt', 'OrgnlIntrBkSttlmAmt'].find((at) =>
    own.has(at),
  );
  if (path === undefined) return null;
  const currency = own.get(`${path}@Ccy`) ?? '';
  if (currencyExponent(currency) === undefined) return undefined;
  const minor = parseAmount(own.get(path) ?? '', currency);
  return minor === undefined || minor < 0n ? undefined : { minor, currency };
}

function statusOf({ message, group, own }: Iso20022Transaction): string | null {
  return message === 'pacs.002' ? (own.get('TxSts') ?? group.get('GrpSts') ?? null) : message;
}

/** How the payment travels: the local instrument says more than the service level; envelopes say the least. */
function schemeOf({ group, own, wrappers }: Iso20022Transaction): { codes: string[]; own: string | null } {
  const stated = (path: string): string | undefined =>
    own.get(path) ?? own.get(`OrgnlTxRef/${path}`) ?? group.get(path);
  const system = stated('SttlmInf/ClrSys/Cd');
  const codes = [
    ['instrument', stated('PmtTpInf/LclInstrm/Cd')],
    ['instrument', stated('PmtTpInf/LclInstrm/Prtry')],
    ['system', system],
    ['level', stated('PmtTpInf/SvcLvl/Cd')],
    ...wrappers.map((wrapper) => ['wrapper', wrapper]),
  ].flatMap(([kind, code]) => (code === undefined ? [] : [`${kind}/${code}`]));
  return { codes, own: system ?? null };
}

interface TransactionIds {
  uetr: string | null;
  transaction: string | null;
  instruction: string | null;
  endToEnd: string | null;
  /** The message that the two ids before are counted within. */
  message: string | null;
}

function idsOf({ message, group, own }: Iso20022Transaction): TransactionIds {
  const [prefix, within] =
    message === 'pacs.008'
      ? ['PmtId/', messageId(group)]
      : ['Orgnl', own.get('OrgnlGrpInf/OrgnlMsgId') ?? group.get('OrgnlMsgId')];
  const id = (name: string): string | null => own.get(prefix + name) ?? null;
  return {
    uetr: id('UETR'),
    transaction: id('TxId'),
    instruction: id('InstrId'),
    endToEnd: id('EndToEndId'),
    message: within ?? null,
  };
}

/**
 * What names the payment where there is no UETR, and beside it: reports may leave the UETR out.
 * @param type of references with a sender: what a transfer says of itself, or a report of another's message
 */
function referencesOf(
  { transaction, instruction, message }: TransactionIds,
  type: 'iso20022_sender' | 'iso20022_addressee',
  sender: string | null,
): [type: string, id: string][] {
  const isLong = isAlongChain(transaction);
  // `NOTPROVIDED` would be the id of every transaction of the message.
  const within = [isLong ? null : transaction, instruction]
    .filter((id) => paymentIdIn(id ?? undefined) !== null)
    .map((id) => `${message}/${id}`);
  const counted = message === null ? [] : [...new Set(within)];
  return [
    ...(isLong && transaction !== null ? [['iso20022_transaction', transaction] as [string, string]] : []),
    ...counted.map((id): [string, string] => ['iso20022_message', id]),
    ...(sender === null ? [] : counted.map((id): [string, string] => [type, `${sender}/${id}`])),
  ];
}

function isAlongChain(transaction: string | null): boolean {
  return transaction !== null && transaction.length >= MIN_TRANSACTION_ID && !COUNTER.test(transaction);
}

function reasonOf(own: Picked): string | null {
  const path = ['StsRsnInf/Rsn/Cd', 'StsRsnInf/Rsn/Prtry', 'CxlRsnInf/Rsn/Cd', 'CxlRsnInf/Rsn/Prtry'];
  return path.map((at) => own.get(at)).find((code) => code !== undefined) ?? null;
}

function settlementDate(own: Picked, group: Picked): string | null {
  const date =
    own.get('IntrBkSttlmDt') ??
    own.get('OrgnlTxRef/IntrBkSttlmDt') ??
    own.get('OrgnlIntrBkSttlmDt') ??
    group.get('IntrBkSttlmDt');
  return date !== undefined && DATE.test(date) ? date : null;
}

/** A trace id, or a traceparent with one in it. */
function traceIdOf(own: Picked): string | null {
  const text = own.get('trace');
  return parseTraceId(text) ?? parseTraceId(text?.split('-')[1]);
}
