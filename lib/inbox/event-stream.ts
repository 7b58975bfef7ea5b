import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ApprovalEvent } from '../approvals/events.ts';
import type { Approver } from '../approvals/people.ts';
import type { ApprovalRequest } from '../approvals/projections.ts';
import type { ApprovalStore } from '../approvals/store.ts';
import { type Clock, schedule } from '../base/clock.ts';
import { StoreClosedError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { HttpProblem } from './problem.ts';
import { eventToWire } from './to-wire.ts';
import type { CanSee } from './view.ts';

/** Open streams of one router, and of one approver. */
const MOST_STREAMS = 2000;
const MOST_STREAMS_PER_APPROVER = 50;

/** Below the idle limits of common proxies (60 s). */
const HEARTBEAT_MS = 15_000;

/** Then the client reconnects, and its identity is asked again. */
const LONGEST_STREAM_MS = 15 * 60_000;

/** How many events are read from the log at once for a stream that is behind. */
const BATCH = 100;

/** How many events wait to be sent to live streams; beyond it, streams read the log themselves. */
const MOST_QUEUED = 1000;

/** What the streams of a router are about. */
export interface EventSource {
  readonly store: ApprovalStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly canSee: CanSee;
}

/** One open connection. Nothing is kept for it: what it has not been sent is in the log. */
interface Stream {
  readonly approver: Approver;
  readonly response: ServerResponse;
  /** Every event up to this number was sent, or is not theirs to see. */
  position: number;
  /**
   * `live`: gets events as they come. `reading`: is being sent what it missed from the log.
   * `behind`: takes nothing just now; goes on reading once the client has read, or with the next
   * heartbeat.
   */
  state: 'live' | 'reading' | 'behind';
  end?: Disposable;
}

/**
 * Sends the log to every approver who listens, each only what they may see. One subscription and
 * one look at each request serve all live streams. A client that reads slowly costs what its
 * connection buffers, whatever happens meanwhile.
 */
export class EventStreams {
  private readonly source: EventSource;
  private readonly streams = new Set<Stream>();
  private unsubscribe: (() => void) | undefined;
  private heartbeat: Disposable | undefined;
  /** The newest event that was heard of. */
  private newest = 0;
  /** Events on their way to live streams, one after the other, so that they arrive in order. */
  private readonly queue: ApprovalEvent[] = [];
  private delivering = false;

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
    const stream: Stream = { approver, response, position: 0, state: 'reading' };
    this.streams.add(stream);
    response.on('close', () => this.leave(stream));
    try {
      this.startIfNeeded();
      const newest = await this.source.store.requests.lastSeq();
      stream.position = Math.min(afterSeq ?? newest, newest);
    } catch (error) {
      this.leave(stream);
      throw error;
    }
    // Whoever left while they were being identified has been told goodbye already: no second time.
    if (response.closed || response.destroyed) {
      this.leave(stream);
      response.destroy();
      return;
    }
    this.begin(stream);
    void this.readOn(stream);
  }

  private begin(stream: Stream): void {
    const { response } = stream;
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      // Proxies and middleware that compress would hold events back.
      'Cache-Control': 'no-store, no-transform',
      'X-Accel-Buffering': 'no',
    });
    stream.end = schedule(this.source.clock, LONGEST_STREAM_MS, () => this.end(stream), undefined);
    response.on('drain', () => {
      if (stream.state === 'behind') void this.readOn(stream);
    });
    // The number is known to the client from here on, so a reconnect misses nothing.
    response.write(`id: ${stream.position}\nevent: ready\ndata: {}\n\n`);
  }

  private requireRoom(approver: Approver): void {
    const own = [...this.streams].filter((stream) => stream.approver.id === approver.id);
    if (this.streams.size >= MOST_STREAMS || own.length >= MOST_STREAMS_PER_APPROVER) {
      throw new HttpProblem(429, 'too_many_streams', 'Too many event streams are open. Close one.');
    }
  }

  /** Ends a stream; a client that does not read would never let its connection end by itself. */
  private end(stream: Stream): void {
    const { response } = stream;
    this.leave(stream);
    const late = schedule(this.source.clock, HEARTBEAT_MS, () => response.destroy(), undefined);
    response.on('close', () => late[Symbol.dispose]());
    response.end();
  }

  private leave(stream: Stream): void {
    this.streams.delete(stream);
    stream.end?.[Symbol.dispose]();
    if (this.streams.size > 0) return;
    this.unsubscribe?.();
    this.heartbeat?.[Symbol.dispose]();
    this.unsubscribe = undefined;
    this.heartbeat = undefined;
    this.queue.length = 0;
  }

  private startIfNeeded(): void {
    this.unsubscribe ??= this.source.store.requests.subscribe((event) => this.take(event));
    this.heartbeat ??= this.scheduleBeat();
  }

  private scheduleBeat(): Disposable {
    return schedule(this.source.clock, HEARTBEAT_MS, () => this.beat(), undefined);
  }

  private beat(): void {
    this.heartbeat = this.scheduleBeat();
    for (const { response } of this.streams) {
      const hasBegun = response.headersSent;
      if (hasBegun && !response.writableNeedDrain) response.write(': still here\n\n');
    }
    void this.lookAgain();
  }

  /** Helps on whoever fell behind: the store failed, or never said that something happened. */
  private async lookAgain(): Promise<void> {
    try {
      const newest = await this.source.store.requests.lastSeq();
      for (const stream of this.streams) {
        const isLate = stream.state === 'live' && stream.position < newest;
        const isFree = stream.state === 'behind' && !stream.response.writableNeedDrain;
        if (isLate || isFree) void this.readOn(stream);
      }
    } catch (error) {
      if (StoreClosedError.isInstance(error)) for (const stream of this.streams) this.end(stream);
      else this.source.logger.error('The approvals log could not be read; trying again.', error);
    }
  }

  private take(event: ApprovalEvent): void {
    this.newest = event.seq;
    // Nothing is lost by it: the gap sends every stream to the log.
    if (this.queue.length >= MOST_QUEUED) this.queue.length = 0;
    this.queue.push(event);
    if (!this.delivering) void this.deliverQueued();
  }

  private async deliverQueued(): Promise<void> {
    this.delivering = true;
    for (let event = this.queue.shift(); event; event = this.queue.shift()) {
      await this.deliver(event);
    }
    this.delivering = false;
  }

  private async deliver(event: ApprovalEvent): Promise<void> {
    let request: ApprovalRequest | null = null;
    let isKnown = true;
    try {
      request = await this.source.store.requests.get(event.requestId);
    } catch (error) {
      this.source.logger.error('An event could not be sent yet; trying again.', error);
      isKnown = false;
    }
    for (const stream of this.streams) {
      if (stream.state !== 'live' || event.seq <= stream.position) continue;
      if (!isKnown) stream.state = 'behind';
      else if (event.seq > stream.position + 1) void this.readOn(stream);
      else if (!this.send(stream, event, request)) stream.state = 'behind';
    }
  }

  /** Sends what a stream has missed, as fast as its client reads; then it is live. */
  private async readOn(stream: Stream): Promise<void> {
    stream.state = 'reading';
    try {
      while (this.streams.has(stream)) {
        const newest = this.newest;
        const missed = await this.source.store.requests.events(stream.position, { limit: BATCH });
        if (missed.length === 0 && newest === this.newest) {
          // What the log no longer has is not waited for.
          stream.position = Math.max(stream.position, newest);
          stream.state = 'live';
          return;
        }
        if (!(await this.sendAll(stream, missed))) return;
        // A store in memory answers at once, and others want their turn.
        await nextTurn();
      }
    } catch (error) {
      stream.state = 'behind';
      this.source.logger.error('An event stream could not be filled yet; trying again.', error);
    }
  }

  /** False where the stream is gone, or takes no more for now. */
  private async sendAll(stream: Stream, events: readonly ApprovalEvent[]): Promise<boolean> {
    const looked = new Map<string, ApprovalRequest | null>();
    for (const event of events) {
      const { requestId } = event;
      const request = looked.get(requestId) ?? (await this.source.store.requests.get(requestId));
      looked.set(requestId, request);
      if (!this.streams.has(stream)) return false;
      if (this.send(stream, event, request)) continue;
      stream.state = 'behind';
      return false;
    }
    return true;
  }

  /** False where the client has to read first. */
  private send(stream: Stream, event: ApprovalEvent, request: ApprovalRequest | null): boolean {
    stream.position = event.seq;
    if (!request || !this.source.canSee(stream.approver, request)) return true;
    const data = JSON.stringify(eventToWire(event));
    return stream.response.write(`id: ${event.seq}\ndata: ${data}\n\n`);
  }
}
