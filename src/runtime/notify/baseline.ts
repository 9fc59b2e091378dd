/** What counts as told, because it was there before anybody was to be told of anything. */
import type { IncidentDocument } from '../../model/documents/incident.ts';
import type { IncidentIndex, Page } from '../../ports/incident-index.ts';
import type { NoticeStore } from '../../ports/notices.ts';

const PAGE = 100;

/**
 * Notes the incidents that there are before notices are first switched on; later it does nothing.
 * @param index null where there is none yet
 */
export async function noteBaseline(
  store: NoticeStore,
  index: IncidentIndex | null,
  tenant: string,
): Promise<void> {
  if (await store.hasBaseline()) return;
  const ids: string[] = [];
  let cursor: string | null = null;
  if (index !== null)
    do {
      const page: Page<IncidentDocument> = await index.incidents(
        tenant,
        { paymentId: null },
        { limit: PAGE, cursor },
      );
      ids.push(...page.items.map(({ incident }) => incident.id));
      cursor = page.next;
    } while (cursor !== null);
  await store.setBaseline(ids);
}
