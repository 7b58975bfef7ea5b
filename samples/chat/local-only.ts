import type { NextFunction, Request, Response } from 'express';

/** The page loads its own files, talks to its own server, and nothing else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const OWN_NAMES = ['127.0.0.1', 'localhost'];

/**
 * Nobody signs in to this sample, so other people's pages must not reach it through this machine's
 * browser: neither under a name of their own that leads here (the Host header tells), nor by
 * sending something from elsewhere (Sec-Fetch-Site tells).
 */
export function localOnly(request: Request, response: Response, next: NextFunction): void {
  const host = URL.parse(`http://${request.headers.host}`)?.hostname ?? '';
  if (!OWN_NAMES.includes(host)) {
    response.status(421).type('text').send('This sample answers to 127.0.0.1 and localhost only.');
    return;
  }
  const site = request.headers['sec-fetch-site'];
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  if (changes && site !== undefined && site !== 'same-origin') {
    response.status(403).type('text').send('This sample takes nothing from other pages.');
    return;
  }
  response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  next();
}
