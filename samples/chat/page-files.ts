import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { type RequestHandler, Router } from 'express';

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html',
  css: 'text/css',
  svg: 'image/svg+xml',
  ts: 'text/javascript',
};

/**
 * Serves the page's folder. Its TypeScript is sent with the types blanked out, as Node does with
 * the server's: what runs is what was written, line by line, and there is nothing to build.
 */
export function pageFiles(folder: string): Router {
  const router = Router();
  for (const name of readdirSync(folder)) {
    const extension = name.slice(name.lastIndexOf('.') + 1);
    const source = readFileSync(join(folder, name), 'utf8');
    const content = extension === 'ts' ? stripTypeScriptTypes(source) : source;
    const send: RequestHandler = (_, response) => {
      response.type(TYPES[extension] ?? 'text/plain').send(content);
    };
    router.get(name === 'index.html' ? '/' : `/${name}`, send);
  }
  return router;
}
