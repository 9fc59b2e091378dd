/** The next revision of a document, or none where it would say what the stored one says. */
import type { LinkDocument } from '../../model/documents/link.ts';
import type { DocumentProgress } from '../../model/documents/sealed.ts';

interface Sealed {
  meta: { revision: number; state: DocumentProgress['state']; content_hash: string };
}

/** @param make the document with this progress; its content must not depend on it */
export function revised<D extends Sealed>(
  stored: D | null,
  make: (progress: DocumentProgress) => D,
  progress: Omit<DocumentProgress, 'revision'>,
): D | null {
  const document = make({ ...progress, revision: (stored?.meta.revision ?? 0) + 1 });
  const same =
    stored?.meta.content_hash === document.meta.content_hash && stored.meta.state === document.meta.state;
  return same ? null : document;
}

/** Links carry no hash: they are many, and are compared whole. */
export function revisedLink(
  stored: LinkDocument | null,
  make: (revision: number) => LinkDocument,
): LinkDocument | null {
  const document = make((stored?.meta.revision ?? 0) + 1);
  if (stored === null) return document;
  const again = { ...document, meta: { ...document.meta, revision: stored.meta.revision } };
  return JSON.stringify(again) === JSON.stringify(stored) ? null : document;
}
