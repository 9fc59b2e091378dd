/** The page for people, at `/`: the files of src/web, read once when the server is made. */
import { readFileSync, readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { sha256Hex } from '../../model/ids.ts';
import type { AddRoutes } from '../context.ts';
import { sendTagged } from '../entity-tag.ts';

const FOLDER = new URL('../../web/', import.meta.url);

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Serves `index.html` at `/`, every other file under `/web/`. */
export const addPage: AddRoutes = (app) => {
  for (const file of readdirSync(FOLDER)) {
    const type = TYPES[extname(file)];
    if (type === undefined) continue;
    const text = readFileSync(new URL(file, FOLDER), 'utf8');
    const tag = `"${sha256Hex(text).slice(0, 32)}"`;
    app.get(file === 'index.html' ? '/' : `/web/${file}`, { schema: { hide: true } }, (request, reply) => {
      void reply.type(type);
      return sendTagged(request, reply, tag, text);
    });
  }
};
