/** The page for people, at `/`: three files of src/web, read once when the server is made. */
import { readFileSync } from 'node:fs';
import { sha256Hex } from '../../model/ids.ts';
import type { AddRoutes } from '../context.ts';
import { sendTagged } from '../entity-tag.ts';

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/app.js', file: 'app.js', type: 'text/javascript; charset=utf-8' },
  { path: '/style.css', file: 'style.css', type: 'text/css; charset=utf-8' },
];

export const addPage: AddRoutes = (app) => {
  for (const { path, file, type } of FILES) {
    const text = readFileSync(new URL(`../../web/${file}`, import.meta.url), 'utf8');
    const tag = `"${sha256Hex(text).slice(0, 32)}"`;
    app.get(path, { schema: { hide: true } }, (request, reply) => {
      void reply.type(type);
      return sendTagged(request, reply, tag, text);
    });
  }
};
