// The inbox on a real server on a free port of loopback: a sentinel on a clock that stands still,
// people who sign in with a header, and an agent that asks.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect } from '@jest/globals';
import {
  type ApprovalRuleOptions,
  type ApprovalStore,
  type Approver,
  createSentinel,
  type Logger,
  memoryStore,
  type OwningStore,
  requireApproval,
  type SecurityContext,
  type Sentinel,
} from 'ai-sentinel';
import { type ApprovalsRouterOptions, approvalsRouter } from 'ai-sentinel/express';
import { type FakeClock, fakeClock } from 'ai-sentinel/testing';
import express, { type Express } from 'express';

/** Who signs in with the header `x-user`. */
export const people = {
  bo: { id: 'bo', email: 'bo@acme.example', name: 'Bo', roles: ['ops'], tenantId: 'acme' },
  carol: { id: 'carol', roles: ['ops'], tenantId: 'acme' },
  /** Belongs here, and has no role. */
  eve: { id: 'eve', roles: ['sales'], tenantId: 'acme' },
  /** Has the role, somewhere else. */
  mallory: { id: 'mallory', roles: ['ops'], tenantId: 'globex' },
  /** Whose agent asks. */
  alice: { id: 'alice', roles: ['ops'], tenantId: 'acme' },
} as const satisfies Record<string, Approver>;

/** A name in `people`; null: nobody. */
export type Who = keyof typeof people | null;

/** On whose behalf the agent asks. */
const alice: SecurityContext = { id: 'alice', roles: ['support'], tenantId: 'acme' };

/** The rules that most tests ask by. */
const RULES: Record<string, ApprovalRuleOptions> = { drop_table: { role: 'ops' } };

export interface DeskOptions {
  readonly rules?: Record<string, ApprovalRuleOptions>;
  /** What the inbox is given in place of the store that the agent asks. */
  readonly storeOf?: (own: OwningStore) => ApprovalStore;
  readonly router?: Partial<ApprovalsRouterOptions>;
  readonly mount?: string;
  /** Default: one that remembers what it was told. */
  readonly logger?: Logger;
  /** What the app around the router does before it. */
  readonly around?: (app: Express) => void;
}

export interface Sending {
  /** Default: bo. */
  readonly as?: Who;
  readonly headers?: Record<string, string>;
  /** A string or bytes go as they are, anything else as JSON. */
  readonly body?: unknown;
}

/** An answer, read to its end. */
export interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  readonly json: any;
}

/** A server with the inbox on it. */
export interface Desk {
  /** Without a slash at its end. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly clock: FakeClock;
  readonly sentinel: Sentinel;
  readonly store: OwningStore;
  /** Everything the logger was told, as text. */
  readonly logged: string[];
  /** What the server is answering, or has answered. */
  readonly answers: { readonly request: IncomingMessage; readonly response: ServerResponse }[];
  /** Asks as an agent does; the id of the request that waits now. */
  ask(
    input?: unknown,
    more?: { toolName?: string; caller?: SecurityContext; justification?: string },
  ): Promise<string>;
  /** Sends to a path under the router; what changes something says that it comes from the page. */
  send(method: string, path: string, sending?: Sending): Promise<Received>;
  /** The same, under the API's folder. */
  api(method: string, path: string, sending?: Sending): Promise<Received>;
}

const open = new Set<() => Promise<void>>();

/** Closes whatever a test has opened. */
export async function closeDesks(): Promise<void> {
  for (const close of open) await close();
  open.clear();
}

/** Signs in whom the header `x-user` names. */
export function byHeader(request: IncomingMessage): Approver | undefined {
  const name = request.headers['x-user'];
  return typeof name === 'string' && Object.hasOwn(people, name)
    ? people[name as keyof typeof people]
    : undefined;
}

export async function openDesk(options: DeskOptions = {}): Promise<Desk> {
  const { rules = RULES, mount = '/approvals', around, storeOf = (own) => own } = options;
  const clock = fakeClock();
  const logged: string[] = [];
  const tell = (...told: unknown[]) => void logged.push(told.map((one) => inspect(one)).join(' '));
  const { logger = { warn: tell, error: tell } } = options;
  const store = memoryStore({ clock, logger });
  const parts = {
    rules: Object.entries(rules).map(([pattern, spec]) => requireApproval(pattern, spec)),
    approvalUrl: 'https://ops.example/approvals/#/r/{id}',
    clock,
    logger,
  };
  const sentinel = createSentinel({ ...parts, store });
  const shown = createSentinel({ ...parts, store: storeOf(store) });

  const answers: Desk['answers'] = [];
  const app = express();
  app.use((request, response, next) => {
    answers.push({ request, response });
    next();
  });
  around?.(app);
  app.use(mount, approvalsRouter({ sentinel: shown, authenticate: byHeader, ...options.router }));
  const server = createServer(app);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  open.add(() => close(server, store));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const url = `${origin}${mount === '/' ? '' : mount}`;

  const send: Desk['send'] = async (method, path, { as = 'bo', headers, body } = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const answer = await fetch(`${url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(as && { 'x-user': as }),
        ...(method !== 'GET' && { 'sec-fetch-site': 'same-origin' }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
    } as RequestInit);
    const text = await answer.text();
    const isJson = /[/+]json/.test(answer.headers.get('content-type') ?? '');
    const json = isJson && text !== '' ? JSON.parse(text) : undefined;
    return { status: answer.status, headers: answer.headers, text, json };
  };

  return {
    url,
    origin,
    port,
    clock,
    sentinel,
    store,
    logged,
    answers,
    send,
    api: (method, path, sending) => send(method, `/api/v1/approvals${path}`, sending),
    async ask(
      input = { table: 'users' },
      { toolName = 'drop_table', caller = alice, ...more } = {},
    ) {
      const decision = await sentinel.guard.authorize({ caller, toolName, input, ...more });
      if (decision.type !== 'require-approval') throw new Error(JSON.stringify(decision));
      return decision.requestId;
    },
  };
}

async function close(server: Server, store: OwningStore): Promise<void> {
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  await store.close();
}

/** What a problem has to be, whatever it is about. */
export function problem(status: number, code: string, more: Record<string, unknown> = {}) {
  return { status, json: expect.objectContaining({ status, code, ...more }) };
}
