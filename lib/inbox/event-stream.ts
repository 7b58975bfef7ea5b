import type { ServerResponse } from 'node:http';
import type { ApprovalEvent } from '../approvals/events.ts';
import type { Approver } from '../approvals/people.ts';
import type { ApprovalRequest } from '../approvals/projections.ts';
import type { ApprovalStore } from '../approvals/store.ts';
import { type Clock, schedule } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { HttpProblem } from './problem.ts';
import { eventToWire } from './to-wire.ts';

/** Open streams of one router, and of one approver. */
const MOST_STREAMS = 2000;
const MOST_STREAMS_PER_APPROVER = 50;

/** Below the idle limits of common proxies (60 s). */
const HEARTBEAT_MS = 15_000;

/** Then the client reconnects, and its identity is asked again. */
const LONGEST_STREAM_MS = 15 * 60_000;

/** How many missed events are read at once after a reconnect. */
const BATCH = 500;

/** What the streams of a router are about. */
export interface EventSource {
  readonly store: ApprovalStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly canSee: (approver: Approver, request: ApprovalRequest) => boolean;
}

/** One open connection. */
interface Stream {
  readonly approver: Approver;
  readonly response: ServerResponse;
  /** Events up to this number were sent, or were before its time. */
  sentSeq: number;
  /** Events that arrive while missed ones are still being read; null: none is held back. */
  held: ApprovalEvent[] | null;
}

/**
 * Sends the log to every approver who listens, each only what they may see. One subscription and
 * one look at each request serve all streams.
 */
export class EventStreams {
  private readonly source: EventSource;
  private readonly streams = new Set<Stream>();
  private unsubscribe: (() => void) | undefined;
  private heartbeat: Disposable | undefined;
  /** Events are delivered one after the other, so that they arrive in order. */
  private delivery: Promise<void> = Promise.resolve();

  constructor(source: EventSource) {
    this.source = source;
  }

  /**
   * Opens a stream; with `afterSeq`, what was missed since comes first.
   *
   * @throws HttpProblem 429 beyond the caps
   */
  async open(
    approver: Approver,
    response: ServerResponse,
    afterSeq: number | undefined,
  ): Promise<void> {
    this.requireRoom(approver);
    const stream: Stream = { approver, response, sentSeq: 0, held: [] };
    this.streams.add(stream);
    const end = schedule(this.source.clock, LONGEST_STREAM_MS, endResponse, response);
    response.on('close', () => {
      end[Symbol.dispose]();
      this.streams.delete(stream);
      this.stopIfIdle();
    });
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no',
    });
    this.startIfNeeded();
    try {
      const newest = await this.source.store.requests.lastSeq();
      stream.sentSeq = Math.min(afterSeq ?? newest, newest);
      // The number is known to the client from here on, so a reconnect misses nothing.
      response.write(`id: ${stream.sentSeq}\nevent: ready\ndata: {}\n\n`);
      await this.catchUp(stream, newest);
      for (const event of stream.held ?? []) await this.send(stream, event);
      stream.held = null;
    } catch (error) {
      this.source.logger.error('An event stream could not be filled; it was closed.', error);
      response.end();
    }
  }

  private requireRoom(approver: Approver): void {
    const own = [...this.streams].filter((stream) => stream.approver.id === approver.id);
    if (this.streams.size >= MOST_STREAMS || own.length >= MOST_STREAMS_PER_APPROVER) {
      throw new HttpProblem(429, 'too_many_streams', 'Too many event streams are open. Close one.');
    }
  }

  private async catchUp(stream: Stream, newest: number): Promise<void> {
    while (stream.sentSeq < newest && !stream.response.writableEnded) {
      const missed = await this.source.store.requests.events(stream.sentSeq, { limit: BATCH });
      if (missed.length === 0) return;
      for (const event of missed) await this.send(stream, event);
    }
  }

  private startIfNeeded(): void {
    this.unsubscribe ??= this.source.store.requests.subscribe((event) => {
      this.delivery = this.delivery.then(() => this.deliver(event));
    });
    if (!this.heartbeat) this.beat();
  }

  private stopIfIdle(): void {
    if (this.streams.size > 0) return;
    this.unsubscribe?.();
    this.heartbeat?.[Symbol.dispose]();
    this.unsubscribe = undefined;
    this.heartbeat = undefined;
  }

  private beat(): void {
    for (const { response } of this.streams) response.write(': still here\n\n');
    this.heartbeat = schedule(this.source.clock, HEARTBEAT_MS, () => this.beat(), undefined);
  }

  private async deliver(event: ApprovalEvent): Promise<void> {
    try {
      const request = await this.source.store.requests.get(event.requestId);
      for (const stream of this.streams) {
        if (stream.held) stream.held.push(event);
        else if (request) this.write(stream, event, request);
      }
    } catch (error) {
      this.source.logger.error('An event could not be sent; streams resume at the next.', error);
    }
  }

  private async send(stream: Stream, event: ApprovalEvent): Promise<void> {
    const request = await this.source.store.requests.get(event.requestId);
    if (request) this.write(stream, event, request);
  }

  private write(stream: Stream, event: ApprovalEvent, request: ApprovalRequest): void {
    if (event.seq <= stream.sentSeq) return;
    stream.sentSeq = event.seq;
    if (!this.source.canSee(stream.approver, request)) return;
    const data = JSON.stringify(eventToWire(event));
    stream.response.write(`id: ${event.seq}\ndata: ${data}\n\n`);
  }
}

function endResponse(response: ServerResponse): void {
  response.end();
}
