import {
  type Approver,
  authorizationChatClient,
  type OwningStore,
  requireApproval,
} from 'ai-sentinel';
import { type Benchmark, heapInUse, quantile } from './measure.ts';

const CALLS = 10_000;
/** A caller may have 100 requests open, so this many callers at the least. */
const CALLERS = 101;

const APPROVER: Approver = { id: 'bo', roles: [] };

interface Input {
  readonly name: string;
}

/** What ten thousand calls cost that wait at once, and how soon one goes on when it is approved. */
export const waitingBenchmark: Benchmark = {
  question: `${CALLS} calls of ${CALLERS} callers wait at once and are approved one by one.`,
  async run() {
    const timersBefore = timers();
    const kept = await heapPerRequest();

    const resumedAt = new Map<string, number>();
    const requests = new Map<string, string>();
    const rules = [requireApproval('drop', { risk: 'critical' })];
    const { tools, sentinel, close } = authorizationChatClient({
      tools: {
        drop: {
          execute: async ({ name }: Input, _options: { readonly toolCallId: string }) => {
            resumedAt.set(name, performance.now());
          },
        },
      },
      rules,
      caller: ({ input }) => callerOf((input as Input).name),
      onApprovalRequired: ({ requestId, toolCallId = '' }) => requests.set(requestId, toolCallId),
    });
    const store = sentinel.store as OwningStore;

    const before = await heapInUse();
    const calls: Promise<void>[] = [];
    for (let call = 0; call < CALLS; call++) {
      calls.push(tools.drop.execute({ name: String(call) }, { toolCallId: String(call) }));
    }
    await until(() => requests.size === CALLS);
    const inAll = ((await heapInUse()) - before) / CALLS;

    const latencies: number[] = [];
    for (const [requestId, name] of requests) {
      const begin = performance.now();
      await store.admin.approve(requestId, { approver: APPROVER });
      await until(() => resumedAt.has(name));
      latencies.push((resumedAt.get(name) ?? Number.NaN) - begin);
    }
    await Promise.all(calls);
    await close();
    return [
      { name: 'approve → running, median', value: quantile(latencies, 0.5), unit: 'ms' },
      { name: 'approve → running, p99', value: quantile(latencies, 0.99), unit: 'ms', below: 5 },
      { name: 'heap per open request and its event', value: kept, unit: 'bytes' },
      { name: 'heap per waiter on it', value: inAll - kept, unit: 'bytes', below: 3000 },
      { name: 'timers left', value: timers() - timersBefore, unit: '', below: 1 },
    ];
  },
};

/** What the store keeps of a request that nobody waits for. */
async function heapPerRequest(): Promise<number> {
  const { tools, sentinel, close } = authorizationChatClient({
    tools: { drop: { execute: async (_: Input) => {} } },
    rules: [requireApproval('drop', { risk: 'critical' })],
  });
  const before = await heapInUse();
  for (let call = 0; call < CALLS; call++) {
    const name = String(call);
    await sentinel.guard.authorize({
      caller: callerOf(name),
      toolName: Object.keys(tools)[0] ?? '',
      input: { name },
      context: { conversation: [], toolCallId: name },
    });
  }
  const perRequest = ((await heapInUse()) - before) / CALLS;
  await close();
  return perRequest;
}

function callerOf(name: string) {
  return { id: `agent-${Number(name) % CALLERS}`, roles: [] };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
