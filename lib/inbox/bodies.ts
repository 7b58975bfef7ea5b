import { z } from 'zod';
import { HttpProblem } from './problem.ts';

// The bodies approvers send. Null means absent, as everywhere on this wire. A field that is not
// known is refused: one that was meant to narrow an approval must not be lost to a spelling mistake.

const text = z.string().trim().min(1, 'must say something').max(10_000);

/** `POST …/{id}/approve` */
export const approveBody = body({
  notes: z.string().max(10_000),
  scope: z.enum(['tool', 'input']),
  digest: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex'),
  duration_seconds: z.number().positive(),
  max_uses: z.int().positive(),
  expected_version: z.int().positive(),
}).partial();

/** `POST …/{id}/reject` */
export const rejectBody = body({ reason: text });

/** `POST …/{id}/request-info` */
export const requestInfoBody = body({ message: text });

/** `POST …/{id}/revoke` */
export const revokeBody = body({ reason: z.string().max(10_000) }).partial();

/** `GET …/` */
export const listQuery = body({
  status: z.enum(['pending', 'info_requested', 'approved', 'rejected', 'expired', 'cancelled']),
  priority: z.enum(['low', 'medium', 'high', 'critical']),
  risk_level: z.enum(['minimal', 'low', 'medium', 'high', 'critical']),
  tool: z.string(),
  caller: z.string(),
  q: z.string().max(200),
  limit: z.coerce.number().int().min(1).max(1000),
  cursor: z.string().max(500),
}).partial();

function body<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape);
}

/**
 * What was sent, as the schema has it.
 *
 * @throws HttpProblem 400 naming the field and what is wrong with it
 */
export function read<T extends z.ZodType>(schema: T, sent: unknown): z.output<T> {
  const given = withoutNulls(sent ?? {});
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field =
    issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.map(String).join('.');
  const what = issue?.code === 'unrecognized_keys' ? 'is not known here' : issue?.message;
  throw new HttpProblem(
    400,
    'invalid_request',
    field ? `${field}: ${what}.` : `The body: ${what}.`,
    field ? { field } : {},
  );
}

function withoutNulls(sent: unknown): unknown {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return sent;
  return Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null));
}
