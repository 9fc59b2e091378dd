/**
 * Walks an XML document from its first tag to its last, without building a tree.
 *
 * What may not be: a document type, because entities are declared in it, and with them come expansion bombs and files of the
 * machine; entities other than the five of XML itself and characters by number; elements nested deeper than any message. Namespaces
 * are not resolved: prefixes are chosen by the sender and versions stand in namespaces, so a name without its prefix
 * is what a message is told by.
 *
 * Cost: one pass in pieces, so that a document that is refused at its beginning costs no more than that.
 * Worked example: `<a:Tx xmlns:a="urn:x"><a:Id>7</a:Id></a:Tx>` -> open Tx, open Id, text 7, close, close.
 * Source: XML 1.0 fifth edition; OWASP on external entities and expansion.
 */
import { SaxesParser } from 'saxes';
import type { RefusalReason } from '../model/refusal.ts';

export interface XmlVisitor {
  /** @param name without its prefix */
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  /** A part of the text of the element that is open; CDATA is text. */
  text(text: string): void;
  close(name: string): void;
}

/** Why a document is refused. */
export class XmlRefusal extends Error {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

const MAX_DEPTH = 64;
const PIECE = 64 * 1024;
const BYTE_ORDER_MARK = /^\uFEFF/;

/** @throws XmlRefusal where the text is no XML document, or one with something that may not be */
export function walkXml(text: string, visitor: XmlVisitor): void {
  const parser = parserFor(visitor);
  const document = text.replace(BYTE_ORDER_MARK, '').trimStart();
  for (let from = 0; from < document.length; from += PIECE)
    guarded('not_xml', () => parser.write(document.slice(from, from + PIECE)));
  guarded('truncated', () => parser.close());
}

function parserFor(visitor: XmlVisitor): SaxesParser {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  parser.on('doctype', () => {
    throw new XmlRefusal(
      'unsafe_xml',
      'The XML has a document type (DOCTYPE), which is never read; send the document without it.',
    );
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    if (depth > MAX_DEPTH)
      throw new XmlRefusal(
        'too_deep',
        `The XML is nested deeper than ${MAX_DEPTH} elements, which no message of a payment is.`,
      );
    visitor.open(localName(name), attributes);
  });
  parser.on('text', (text) => visitor.text(text));
  parser.on('cdata', (text) => visitor.text(text));
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    visitor.close(localName(name));
  });
  return parser;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The parser's own messages quote the document, and are not shown. */
function guarded(reason: 'not_xml' | 'truncated', work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof XmlRefusal) throw error;
    const text =
      reason === 'truncated'
        ? 'The XML breaks off before its last element is closed.'
        : 'The text is no well-formed XML, or it uses an entity that XML itself does not have; write such characters by number.';
    throw new XmlRefusal(reason, text);
  }
}
