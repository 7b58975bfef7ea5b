// The panel on a real server: the router, a sentinel with its store in memory, people who decide,
// and agents that ask. Beside it the page's complaints: whatever its policy forbids or it throws.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ApprovalRuleOptions,
  type Approver,
  createSentinel,
  type OwningStore,
  requireApproval,
  type Sentinel,
  type ToolCall,
} from 'ai-sentinel';
import { approvalsRouter } from 'ai-sentinel/express';
import express from 'express';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';

/** Who may sit in front of the page. */
export const people = {
  bo: { id: 'bo', email: 'bo@acme.example', name: 'bo', roles: ['ops'] },
  carol: { id: 'carol', email: 'carol@acme.example', name: 'carol', roles: ['ops'] },
  eve: { id: 'eve', email: 'eve@acme.example', name: 'eve', roles: ['sales'] },
} as const satisfies Record<string, Approver>;

/** Deeper than one folder, because the page may not know where it is. */
const MOUNT = '/ops/approvals';

/** A server with the panel on it. */
export interface Stage {
  readonly url: string;
  readonly sentinel: Sentinel;
  readonly store: OwningStore;
  /** What came in over HTTP that decides something: path and body, in order. */
  readonly sent: { path: string; body: unknown }[];
  /** Who is signed in; null: nobody. */
  signedIn: Approver | null;
  /** What to answer in place of the router; null: nothing. */
  instead: ((request: express.Request, response: express.Response) => boolean) | null;
  /** Asks as an agent does; the id of the request that waits now. */
  ask(call: ToolCall): Promise<string>;
  close(): Promise<void>;
}

/** Starts a server whose approval rules are these. */
export async function openStage(rules: Record<string, ApprovalRuleOptions>): Promise<Stage> {
  const sentinel = createSentinel({
    rules: Object.entries(rules).map(([pattern, spec]) => requireApproval(pattern, spec)),
  });
  const app = express();
  const server = createServer(app);
  const stage: Stage = {
    url: '',
    sentinel,
    store: sentinel.store as OwningStore,
    sent: [],
    signedIn: people.bo,
    instead: null,
    async ask(call) {
      const decision = await sentinel.guard.authorize({ caller: alice, ...call });
      if (decision.type !== 'require-approval') throw new Error(`It is ${decision.type}.`);
      return decision.requestId;
    },
    close: () => close(server, sentinel),
  };
  app.use((request, response, next) => {
    if (!stage.instead?.(request, response)) next();
  });
  app.use(express.json(), (request, _, next) => {
    if (request.method === 'POST') stage.sent.push({ path: request.path, body: request.body });
    next();
  });
  app.use(MOUNT, approvalsRouter({ sentinel, authenticate: () => stage.signedIn }));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return Object.assign(stage, { url: `http://127.0.0.1:${port}${MOUNT}/` });
}

const alice = { id: 'alice', roles: ['support'] };

async function close(server: Server, sentinel: Sentinel): Promise<void> {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await sentinel.close();
}

/** A page, and everything it complained about. */
export interface Visit {
  readonly page: Page;
  readonly complaints: string[];
  close(): Promise<void>;
}

/** How the page is looked at. */
export interface Looks {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
}

/** Opens the panel in a window of its own, with nobody's memories. */
export async function visit(
  browser: Browser,
  url: string,
  { width = 1440, height = 1000, theme = 'light' }: Looks = {},
): Promise<Visit> {
  const context: BrowserContext = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    hasTouch: width < 500,
  });
  const complaints: string[] = [];
  await context.exposeBinding('complain', (_, complaint: string) => complaints.push(complaint));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      const { complain } = globalThis as unknown as { complain: (what: string) => void };
      complain(`${violatedDirective}: ${blockedURI}`);
    });
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/** Waits until a press counts: the panel ignores one that comes within half a second of a change. */
export async function pastTheGuard(page: Page): Promise<void> {
  await page.waitForTimeout(600);
}

/** A button by what it says. */
export function button(page: Page, name: string | RegExp): Locator {
  return page.getByRole('button', { name });
}

/** A heading by what it says. */
export function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole('heading', { name });
}
