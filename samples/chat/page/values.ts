import { element } from './dom.ts';

/** A tool's arguments, one line for each. */
export function inputList(input: unknown): HTMLElement {
  const list = element('dl', { class: 'input' });
  const fields = isRecord(input) ? Object.entries(input) : [];
  for (const [name, value] of fields) {
    list.append(
      element('div', {}, element('dt', {}, name), element('dd', {}, JSON.stringify(value))),
    );
  }
  return list;
}

/** What a tool answered: rows as a table, anything else as JSON. */
export function outputOf(output: unknown): HTMLElement {
  return isTable(output)
    ? table(output)
    : element('pre', { tabindex: '0' }, JSON.stringify(output, null, 2));
}

type Flat = Readonly<Record<string, string | number | boolean | null>>;

function table(rows: readonly Flat[]): HTMLElement {
  const columns = Object.keys(rows[0] ?? {});
  const head = columns.map((name) => element('th', { scope: 'col' }, name));
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      ...columns.map((name) => {
        const value = row[name];
        return element('td', typeof value === 'number' ? { class: 'number' } : {}, String(value));
      }),
    ),
  );
  return element(
    'div',
    { class: 'table', tabindex: '0', role: 'group', 'aria-label': 'Rows' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...body),
    ),
  );
}

function isTable(value: unknown): value is readonly Flat[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (row) => isRecord(row) && Object.values(row).every((cell) => !(cell instanceof Object)),
    )
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
