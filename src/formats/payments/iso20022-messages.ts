/**
 * Finds the payment messages of an ISO 20022 document and picks out of each what is wanted, and nothing else: names, accounts,
 * addresses and national ids are never held.
 *
 * A message is known by the name of its element (`FIToFICstmrCdtTrf`…), wherever it stands: banks and schemes wrap it in their
 * own envelopes, beside an AppHdr, or as text (CDATA, or escaped) in an element of theirs. Text is opened at most three times.
 * An element that a message may have once and that stands twice makes its transaction ambiguous: readers that take
 * the first and readers that take the last would see two payments.
 *
 * Cost: one pass; for each transaction as much memory as is wanted of it.
 * Worked example: `<Message><CreditTransfer><ct:FIToFICstmrCdtTrf>…` -> one message pacs.008 with its transactions.
 * Source: ISO 20022 message definitions, pacs.008.001, pacs.002.001, camt.056.001.
 */
import { walkXml, XmlRefusal, type XmlVisitor } from '../xml-walk.ts';

/** Texts by path below their part (`PmtId/TxId`); an amount's currency stands under `…@Ccy`. */
export type Picked = ReadonlyMap<string, string>;

export interface Iso20022Transaction {
  message: 'pacs.008' | 'pacs.002' | 'camt.056';
  /** Of the message: header and original group. */
  group: Picked;
  /** Of the transaction. */
  own: Picked;
  /** Something stands twice. */
  ambiguous: boolean;
  /** What the elements around the message tell of its scheme. */
  wrappers: readonly string[];
}

export interface Iso20022Document {
  transactions: Iso20022Transaction[];
  messages: number;
  /** Of those, how many list no transaction and tell no status either. */
  emptyMessages: number;
  /** Original groups that were given a status or recalled, and no transaction of which is listed. */
  bareGroups: number;
  /** The namespace of some other message of ISO 20022 was met. */
  otherMessage: boolean;
}

interface MessageForm {
  name: Iso20022Transaction['message'];
  /** Parts of the message that hold for the transactions behind them, by path. */
  groups: readonly string[];
  transaction: string;
  /** An element that begins a new original group. */
  resets: string | null;
}

const FORMS: Readonly<Record<string, MessageForm>> = {
  FIToFICstmrCdtTrf: { name: 'pacs.008', groups: ['GrpHdr'], transaction: 'CdtTrfTxInf', resets: null },
  FIToFIPmtStsRpt: {
    name: 'pacs.002',
    groups: ['GrpHdr', 'OrgnlGrpInfAndSts'],
    transaction: 'TxInfAndSts',
    resets: null,
  },
  FIToFIPmtCxlReq: {
    name: 'camt.056',
    groups: ['Assgnmt', 'Undrlyg/OrgnlGrpInfAndCxl'],
    transaction: 'Undrlyg/TxInf',
    resets: 'Undrlyg',
  },
};

const SCHEME_PATHS = [
  'PmtTpInf/SvcLvl/Cd',
  'PmtTpInf/LclInstrm/Cd',
  'PmtTpInf/LclInstrm/Prtry',
  'SttlmInf/ClrSys/Cd',
];
/** Where a bank is named within an agent: its BIC, of old versions too, else its number in the clearing system. */
const AGENT_IDS = ['BICFI', 'BIC', 'ClrSysMmbId/MmbId'];
/** Who sent the transfer, whom a report of it answers, who asks for it back. */
const AGENT_PATHS: Readonly<Record<Iso20022Transaction['message'], string>> = {
  'pacs.008': 'InstgAgt',
  'pacs.002': 'InstdAgt',
  'camt.056': 'Assgnr/Agt',
};
const agentPaths = (at: string): string[] => AGENT_IDS.map((id) => `${at}/FinInstnId/${id}`);
const WANTED: ReadonlySet<string> = new Set([
  ...SCHEME_PATHS,
  ...Object.values(AGENT_PATHS).flatMap(agentPaths),
  ...SCHEME_PATHS.map((path) => `OrgnlTxRef/${path}`),
  'MsgId',
  'Id',
  'CreDtTm',
  'IntrBkSttlmDt',
  'GrpSts',
  'GrpCxl',
  'OrgnlMsgId',
  'OrgnlMsgNmId',
  'OrgnlGrpInf/OrgnlMsgNmId',
  'OrgnlGrpInf/OrgnlMsgId',
  'PmtId/InstrId',
  'PmtId/EndToEndId',
  'PmtId/TxId',
  'PmtId/UETR',
  'IntrBkSttlmAmt',
  'Dbtr/PstlAdr/Ctry',
  'OrgnlInstrId',
  'OrgnlEndToEndId',
  'OrgnlTxId',
  'OrgnlUETR',
  'TxSts',
  'StsRsnInf/Rsn/Cd',
  'StsRsnInf/Rsn/Prtry',
  'OrgnlTxRef/IntrBkSttlmAmt',
  'OrgnlTxRef/IntrBkSttlmDt',
  'OrgnlIntrBkSttlmAmt',
  'OrgnlIntrBkSttlmDt',
  'CxlRsnInf/Rsn/Cd',
  'CxlRsnInf/Rsn/Prtry',
]);
/** May stand several times; the first is kept. */
const REPEATED = /^(?:StsRsnInf|CxlRsnInf|OrgnlTxRef\/PmtTpInf\/SvcLvl|PmtTpInf\/SvcLvl)\//;
/** Where supplementary data names the trace, whatever the envelope within it. */
const TRACE_NAMES = /^(?:trace_?id|traceparent)$/i;
const SUPPLEMENT = 'SplmtryData/';

const MAX_TRANSACTIONS = 100_000;
const MAX_VALUE = 512;
const MAX_UNWRAPPING = 3;

/**
 * The bank that sent the original message, as far as this one tells: of a transfer who instructs, of a report whom it answers. Null: it does not tell.
 * The head office's `XXX` of a BIC may be left out.
 */
export function senderIn({ message, group, own }: Iso20022Transaction): string | null {
  const paths = agentPaths(AGENT_PATHS[message]);
  const found = [own, group].flatMap((part) => paths.flatMap((path) => part.get(path) ?? []));
  return found[0]?.replace(/^([A-Z\d]{8})XXX$/, '$1') ?? null;
}

/** @throws XmlRefusal where the text is no XML that may be read, or a message holds too many transactions */
export function readIso20022(text: string): Iso20022Document {
  const document: Iso20022Document = {
    transactions: [],
    messages: 0,
    emptyMessages: 0,
    bareGroups: 0,
    otherMessage: false,
  };
  walkXml(text, new DocumentVisitor(document, [], MAX_UNWRAPPING));
  return document;
}

class DocumentVisitor implements XmlVisitor {
  readonly #document: Iso20022Document;
  readonly #outer: string[];
  readonly #unwrapping: number;
  readonly #wrappers: string[];
  #message: MessageReader | null = null;
  /** Text of the element outside messages that is open: it may be a document of its own. */
  #text = '';

  constructor(document: Iso20022Document, wrappers: readonly string[], unwrapping: number) {
    this.#document = document;
    this.#outer = [];
    this.#wrappers = [...wrappers];
    this.#unwrapping = unwrapping;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (this.#message !== null) return this.#message.open(name, attributes);
    this.#text = '';
    this.#outer.push(name);
    const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
    if (form === undefined) return this.#noteWrapper(name, attributes);
    this.#document.messages += 1;
    this.#message = new MessageReader(form, [...this.#wrappers], this.#document.transactions);
  }

  text(text: string): void {
    if (this.#message === null) this.#text += text;
    else this.#message.text(text);
  }

  close(): void {
    if (this.#message !== null) {
      if (this.#message.close()) return;
      const { bareGroups, count } = this.#message;
      this.#document.bareGroups += bareGroups;
      if (bareGroups + count === 0) this.#document.emptyMessages += 1;
      this.#message = null;
    } else if (this.#text.trimStart().startsWith('<')) {
      if (this.#unwrapping === 0)
        throw new XmlRefusal(
          'too_deep',
          `XML stands in text within text more than ${MAX_UNWRAPPING} times; send the inner document.`,
        );
      walkXml(this.#text, new DocumentVisitor(this.#document, this.#wrappers, this.#unwrapping - 1));
    }
    this.#outer.pop();
    this.#text = '';
  }

  #noteWrapper(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name.startsWith('FedNow')) this.#wrappers.push('FedNow');
    for (const [key, value] of Object.entries(attributes)) {
      if (!key.startsWith('xmlns')) continue;
      if (value === 'urn:tch') this.#wrappers.push(value);
      if (value.startsWith('urn:iso:std:iso:20022:tech:xsd:')) this.#document.otherMessage = true;
    }
  }
}

/** One message, from its element to the end of it. */
class MessageReader {
  readonly #form: MessageForm;
  readonly #wrappers: readonly string[];
  readonly #into: Iso20022Transaction[];
  readonly #path: string[] = [];
  #group = new Map<string, string>();
  /** The part that is open, and how many elements lie above its inside. */
  #part: { values: Map<string, string>; depth: number; transaction: boolean } | null = null;
  #wanted: string | null = null;
  #value = '';
  #ambiguous = false;
  #count = 0;
  /** Ids of such groups of which no transaction was listed so far. */
  readonly #bare = new Set<string>();

  constructor(form: MessageForm, wrappers: readonly string[], into: Iso20022Transaction[]) {
    this.#form = form;
    this.#wrappers = wrappers;
    this.#into = into;
  }

  /** Transactions so far. */
  get count(): number {
    return this.#count;
  }

  get bareGroups(): number {
    return this.#bare.size;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#path.push(name);
    this.#wanted = null;
    if (this.#part !== null) return this.#openWithin(this.#part.depth, attributes);
    const path = this.#path.join('/');
    // Of several original groups, each holds for what stands behind it.
    if (path === this.#form.resets || path === 'OrgnlGrpInfAndSts') this.#forgetOriginalGroup();
    const transaction = path === this.#form.transaction;
    if (!transaction && !this.#form.groups.includes(path)) return;
    const values = transaction ? new Map<string, string>() : this.#group;
    this.#part = { values, depth: this.#path.length, transaction };
    if (transaction) this.#ambiguous = false;
  }

  #forgetOriginalGroup(): void {
    this.#group = new Map(
      [...this.#group].filter(([path]) => !path.startsWith('Orgnl') && path !== 'GrpSts'),
    );
  }

  #openWithin(depth: number, attributes: Readonly<Record<string, string>>): void {
    const path = this.#path.slice(depth).join('/');
    const name = this.#path.at(-1) ?? '';
    if (WANTED.has(path)) this.#wanted = path;
    else if (path.startsWith(SUPPLEMENT) && TRACE_NAMES.test(name)) this.#wanted = 'trace';
    if (this.#wanted === null) return;
    this.#value = '';
    const currency = attributes['Ccy'];
    if (currency !== undefined) this.#part?.values.set(`${path}@Ccy`, currency);
  }

  text(text: string): void {
    if (this.#wanted !== null && this.#value.length <= MAX_VALUE) this.#value += text;
  }

  /** @returns whether the message goes on */
  close(): boolean {
    if (this.#path.length === 0) return false;
    const part = this.#part;
    if (part !== null && this.#wanted !== null) this.#keep(part, this.#wanted);
    this.#wanted = null;
    if (part !== null && part.depth === this.#path.length) {
      if (part.transaction) this.#closeTransaction(part.values);
      else this.#noteGroup(part.values);
      this.#part = null;
    }
    this.#path.pop();
    return true;
  }

  /** What is said of a whole group holds for the transactions that are listed behind it, if there are any. */
  #noteGroup(values: Picked): void {
    const name = this.#path.at(-1);
    const isTold =
      name === 'OrgnlGrpInfAndSts'
        ? values.has('GrpSts')
        : name === 'OrgnlGrpInfAndCxl' && values.get('GrpCxl') === 'true';
    if (isTold) this.#bare.add(values.get('OrgnlMsgId') ?? '');
  }

  #keep({ values, transaction }: { values: Map<string, string>; transaction: boolean }, path: string): void {
    const known = values.has(path);
    if (known && !REPEATED.test(path) && path !== 'trace') {
      this.#ambiguous = true;
      // What is ambiguous in the header is so for every transaction.
      if (!transaction) values.set(AMBIGUOUS, 'true');
    }
    if (!known) values.set(path, this.#value.slice(0, MAX_VALUE).trim());
  }

  #closeTransaction(own: Map<string, string>): void {
    this.#count += 1;
    if (this.#count > MAX_TRANSACTIONS)
      throw new XmlRefusal(
        'too_many_items',
        `The message holds more than ${MAX_TRANSACTIONS} transactions; split it.`,
      );
    this.#bare.delete(own.get('OrgnlGrpInf/OrgnlMsgId') ?? this.#group.get('OrgnlMsgId') ?? '');
    const ambiguous = this.#ambiguous || this.#group.has(AMBIGUOUS);
    this.#into.push({
      message: this.#form.name,
      group: new Map(this.#group),
      own,
      ambiguous,
      wrappers: this.#wrappers,
    });
  }
}

const AMBIGUOUS = 'ambiguous';
