import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Answering } from './answering.ts';

/** The panel's page and what it loads. */
export function panelFiles(answering: Answering): RequestHandler {
  const router = express.Router();
  router.get('/', answering(redirectToFolder));
  router.use(
    express.static(panelFolder(), {
      redirect: false,
      acceptRanges: false,
      // The files' names change with their content, the page's does not.
      setHeaders: (response, path) => {
        if (!path.endsWith('.html')) {
          response.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
        }
      },
    }),
  );
  return router;
}

/**
 * The panel's addresses are relative to its folder, so the address has to end with a slash. Where
 * to is said relative to the address as well: a proxy may have taken parts of it away.
 */
function redirectToFolder(request: Request, response: Response): void {
  const [path = '', ...query] = request.originalUrl.split('?');
  if (path.endsWith('/')) return;
  const search = query.length > 0 ? `?${query.join('?')}` : '';
  response.redirect(301, `./${path.slice(path.lastIndexOf('/') + 1)}/${search}`);
}

/** The built panel: beside the compiled package, or, run from its sources, in their build's folder. */
function panelFolder(): string {
  const places = ['../panel/', '../../dist/panel/'].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const found = places.find((place) => existsSync(`${place}index.html`));
  if (found) return found;
  throw new Error('The panel has not been built. Run `npm run build` first.');
}
