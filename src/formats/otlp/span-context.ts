/** What decoding spans needs to know beside the payload. */
import type { Provenance } from '../../model/identity.ts';
import type { Redactor } from '../redaction/redact.ts';
import type { AttributeTable } from './transaction-attributes.ts';

export interface SpanContext {
  /** The cluster of resources that name none. */
  cluster: string | null;
  /** Who wrote the identities of this input. */
  provenance: Provenance;
  attributes: AttributeTable;
  redactor: Pick<Redactor, 'text' | 'idValue'>;
}
