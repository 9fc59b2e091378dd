/**
 * The data elements of an ISO 8583 message that somebody decoded already: JSON as jPOS and moov write it, and their XML.
 *
 * Only what is wanted is taken. The card number (DE2), track data (DE35, 45), PIN block (DE52) and chip data (DE55) are
 * not, so that they are never held. Texts are trimmed, because fields of fixed length are filled up with blanks.
 *
 * Worked example: `{"mti":"0400","elements":{"4":"000000030000","32":""}}` -> mti 0400, element 4; 32 is absent.
 * Source: ISO 8583:1987; jPOS and moov-io/iso8583, how they write messages.
 */
import type { Json } from '../../model/json.ts';
import { isObject, objectIn } from '../fields.ts';
import { walkXml, XmlRefusal } from '../xml-walk.ts';

export interface Iso8583Message {
  /** Four digits: version, class, function, origin. */
  mti: string;
  /** By number; absent where empty. */
  elements: ReadonlyMap<number, string>;
}

const WANTED: ReadonlySet<number> = new Set([3, 4, 7, 11, 12, 15, 18, 32, 37, 38, 39, 41, 42, 49, 90, 95]);
const MTI = /^\d{4}$/;
const XML_ROOT = /<(?:isoMessage|isomsg)[\s>]/i;
const MESSAGE = /^(?:isoMessage|isomsg)$/i;
const XML_HEAD = 2_048;
const MAX_VALUE = 256;

/** Whether a record looks like a decoded message. */
export function isIso8583(value: unknown): boolean {
  if (typeof value === 'string') return /^\s*</.test(value) && XML_ROOT.test(value.slice(0, XML_HEAD));
  if (!isObject(value)) return false;
  if (mtiIn(value['0']) !== null) return true;
  return mtiIn(value['mti'] ?? value['MTI']) !== null && elementsIn(value) !== null;
}

/**
 * @returns null where the record is no message
 * @throws XmlRefusal where its XML may not be read, or an element stands twice
 */
export function readIso8583(value: unknown): Iso8583Message | null {
  if (typeof value === 'string') return readXml(value);
  if (!isObject(value)) return null;
  const mti = mtiIn(value['mti'] ?? value['MTI'] ?? value['0']);
  const fields = elementsIn(value) ?? value;
  if (mti === null) return null;
  const elements = new Map<number, string>();
  for (const number of WANTED) put(elements, number, fields[String(number)]);
  return { mti, elements };
}

function elementsIn(value: { [key: string]: Json | undefined }): { [key: string]: Json | undefined } | null {
  const elements = value['elements'] ?? value['fields'];
  return isObject(elements) ? objectIn(elements) : null;
}

function mtiIn(value: Json | undefined): string | null {
  return typeof value === 'string' && MTI.test(value.trim()) ? value.trim() : null;
}

/** Numbers are not taken: leading zeros mean something here, and a JSON number has none. */
function put(elements: Map<number, string>, number: number, value: Json | undefined): void {
  const text = typeof value === 'string' ? value.trim() : '';
  if (text !== '' && text.length <= MAX_VALUE) elements.set(number, text);
}

/** `<Element Number="4">…` of moov, `<field id="4" value="…"/>` of jPOS, whose field 0 is the MTI. */
function readXml(text: string): Iso8583Message | null {
  const elements = new Map<number, string>();
  const seen = new Set<number>();
  let mti: string | null = null;
  let open: number | null = null;
  let value = '';
  let messages = 0;
  const take = (number: number, stated: string): void => {
    if (seen.has(number)) throw new XmlRefusal('wrong_shape', 'A data element stands twice in the message.');
    seen.add(number);
    if (number === 0) mti = mtiIn(stated);
    else if (WANTED.has(number)) put(elements, number, stated);
  };
  walkXml(text, {
    open: (name, attributes) => {
      if (MESSAGE.test(name)) messages += 1;
      // A field that is composed of others is a message within the message, which counts from 0 again.
      open = messages > 1 ? null : numberOf(name, attributes);
      value = '';
      if (open !== null && attributes['value'] !== undefined) {
        take(open, attributes['value']);
        open = null;
      }
    },
    text: (part) => {
      if (open !== null && value.length <= MAX_VALUE) value += part;
    },
    close: (name) => {
      if (MESSAGE.test(name)) messages -= 1;
      if (open !== null) take(open, value);
      open = null;
    },
  });
  return mti === null ? null : { mti, elements };
}

function numberOf(name: string, attributes: Readonly<Record<string, string>>): number | null {
  if (name.toLowerCase() === 'mti') return 0;
  const number = attributes['Number'] ?? attributes['number'] ?? attributes['id'] ?? '';
  return /^\d{1,3}$/.test(number) ? Number(number) : null;
}
