/**
 * Links as text, one behind the other, as they go from the thread that finds them to the one that serves them: two arrays that change
 * hands without being copied, and memory that is known to the byte.
 *
 * Limit: so many bytes; links beyond it are counted and not kept. Worked example: 1,644 links of 1.5 kB are 2.5 MB and 1,644 ends.
 */
import type { LinkDocument } from '../../model/documents/link.ts';

export interface PackedLinks {
  text: Uint8Array<ArrayBuffer>;
  /** Where each link ends in the text. */
  ends: Float64Array<ArrayBuffer>;
  /** How many there are in all; those that are kept are the first. */
  found: number;
}

/** @param links in the order of their ids */
export function packLinks(links: Iterable<LinkDocument> & { length: number }, maxBytes: number): PackedLinks {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  const ends: number[] = [];
  let bytes = 0;
  for (const link of links) {
    const piece = encoder.encode(JSON.stringify(link));
    if (bytes + piece.length > maxBytes) break;
    bytes += piece.length;
    pieces.push(piece);
    ends.push(bytes);
  }
  const text = new Uint8Array(bytes);
  for (const [i, piece] of pieces.entries()) text.set(piece, ends[i - 1] ?? 0);
  return { text, ends: Float64Array.from(ends), found: links.length };
}

/** Links from one on, at most so many. */
export function unpackLinks({ text, ends }: PackedLinks, from: number, limit: number): LinkDocument[] {
  const decoder = new TextDecoder();
  const links: LinkDocument[] = [];
  for (let at = from; at < Math.min(from + limit, ends.length); at += 1) {
    const piece = text.subarray(at === 0 ? 0 : ends[at - 1], ends[at]);
    links.push(JSON.parse(decoder.decode(piece)) as LinkDocument);
  }
  return links;
}
