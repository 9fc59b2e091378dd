/** The documents of a data folder without `meta`, by id; links that hold. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export function documentsIn(folder: string): Record<string, object[]> {
  const db = new DatabaseSync(join(folder, 'index.sqlite'), { readOnly: true });
  const all = (from: string): object[] =>
    db
      .prepare(`SELECT document FROM ${from} ORDER BY id`)
      .all()
      .map(({ document }) => {
        const { meta: _, ...rest } = JSON.parse(String(document)) as { meta: unknown };
        return rest;
      });
  const documents = {
    events: all('event'),
    links: all('link WHERE live = 1'),
    payments: all('payment'),
    incidents: all('incident'),
  };
  db.close();
  return documents;
}
