import type { LedgerQuery } from '../../approvals/ledger.ts';

/** A query's SQL after `FROM approval_requests`, and its named parameters. */
export interface QuerySql {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, string | number>>;
}

/** A query as SQL. Whatever people type is a parameter, never a part of the text. */
export function querySql(query: LedgerQuery, now: number): QuerySql {
  const { phases, priority, risk, toolName, callerId, tenantId, text, order, after, limit } = query;
  const where: string[] = [];
  const parameters: Record<string, string | number> = { limit: limit + 1 };
  const equal = (column: string, value: string | undefined) => {
    if (value === undefined) return;
    where.push(`${column} = @${column}`);
    parameters[column] = value;
  };
  if (phases) {
    parameters.now = now;
    const any = phases.map(({ phase, open }, index) => {
      parameters[`phase${index}`] = phase;
      const time = open === undefined ? '' : ` AND open_until ${open ? '>' : '<='} @now`;
      return `(phase = @phase${index}${time})`;
    });
    where.push(any.length > 0 ? `(${any.join(' OR ')})` : '0');
  }
  equal('priority', priority);
  equal('risk', risk);
  equal('tool_name', toolName);
  equal('caller_id', callerId);
  if (tenantId === null) where.push('tenant_id IS NULL');
  else equal('tenant_id', tenantId);
  if (text !== undefined) {
    where.push(`(${containing})`);
    parameters.text = text.toLowerCase();
  }
  if (after) {
    where.push(order === 'urgent' ? AFTER_URGENT : AFTER_NEWEST);
    Object.assign(parameters, {
      after_urgency: after.urgency,
      after_ms: after.requestedAt,
      after_id: after.id,
    });
  }
  const filter = where.length > 0 ? ` WHERE ${where.join(' AND ')}` : '';
  const sorted = order === 'urgent' ? 'urgency, requested_ms, id' : 'requested_ms DESC, id DESC';
  return { sql: `${filter} ORDER BY ${sorted} LIMIT @limit`, parameters };
}

const AFTER_URGENT = '(urgency, requested_ms, id) > (@after_urgency, @after_ms, @after_id)';
const AFTER_NEWEST = '(requested_ms, id) < (@after_ms, @after_id)';

/** SQLite's own `lower` knows ASCII only; `sentinel_lower` is registered when the file is opened. */
const containing = [
  ...['id', 'tool_name', 'caller_id'].map((name) => `instr(sentinel_lower(${name}), @text)`),
  `EXISTS (SELECT 1 FROM json_each(record, '$.asks') AS ask
     WHERE instr(sentinel_lower(json_extract(ask.value, '$.justification')), @text))`,
  `EXISTS (SELECT 1 FROM approval_inputs AS asked
     WHERE asked.request_id = approval_requests.id AND instr(sentinel_lower(asked.input), @text))`,
].join(' OR ');
