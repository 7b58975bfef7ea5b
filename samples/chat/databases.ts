import Database from 'better-sqlite3';

/** A row as SQLite gives it. */
export type Row = Record<string, string | number | null>;

/** What `list_databases` tells of one. */
export interface DatabaseSummary {
  readonly name: string;
  readonly rows: number;
}

/** A payment to make. */
export interface Payment {
  readonly to: string;
  readonly amount_usd: number;
  readonly reference: string;
}

/** The sample's databases. To keep it at one file, each is one table of it. */
export interface Databases {
  list(): DatabaseSummary[];
  has(name: string): boolean;
  count(name: string): number;
  /** The newest rows, newest first. */
  newest(name: string, limit: number): Row[];
  /** Deletes the database for good; answers with how many rows are gone with it. */
  drop(name: string): number;
  /** Books a payment; answers with its number. */
  pay(payment: Payment): number;
  close(): void;
}

/** Makes the file and fills it. */
export function createDatabases(file: string): Databases {
  const sqlite = new Database(file);
  sqlite.transaction(() => {
    for (const [name, rows] of Object.entries(sampleRows())) createTable(sqlite, name, rows);
  })();

  const names = sqlite
    .prepare<[], string>(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`)
    .pluck();

  /** As an identifier in SQL, once it is known to be one of ours. */
  function table(name: string): string {
    const known = names.all();
    if (known.includes(name)) return `"${name}"`;
    throw new Error(`There is no database "${name}". There are: ${known.join(', ')}.`);
  }

  const count = (name: string) =>
    sqlite
      .prepare<[], number>(`SELECT count(*) FROM ${table(name)}`)
      .pluck()
      .get() ?? 0;

  return {
    list: () => names.all().map((name) => ({ name, rows: count(name) })),
    has: (name) => names.all().includes(name),
    count,
    newest: (name, limit) =>
      sqlite
        .prepare<[number], Row>(`SELECT * FROM ${table(name)} ORDER BY id DESC LIMIT ?`)
        .all(limit),
    drop: sqlite.transaction((name: string) => {
      const gone = count(name);
      sqlite.exec(`DROP TABLE ${table(name)}`);
      return gone;
    }),
    pay({ to, amount_usd, reference }) {
      const insert = sqlite.prepare(
        `INSERT INTO ${table('payments')} (day, paid_to, amount_usd, reference) VALUES (?, ?, ?, ?)`,
      );
      const today = new Date().toISOString().slice(0, 10);
      return Number(insert.run(today, to, amount_usd, reference).lastInsertRowid);
    },
    close: () => sqlite.close(),
  };
}

function createTable(sqlite: Database.Database, name: string, rows: Row[]): void {
  const columns = Object.entries(rows[0] ?? {}).map(
    ([column, value]) => `${column} ${typeof value === 'number' ? 'NUMERIC' : 'TEXT'}`,
  );
  sqlite.exec(`CREATE TABLE ${name} (id INTEGER PRIMARY KEY, ${columns.join(', ')})`);
  for (const row of rows) {
    const places = Object.keys(row).map((column) => `@${column}`);
    const insert = `INSERT INTO ${name} (${Object.keys(row).join(', ')}) VALUES (${places.join(', ')})`;
    sqlite.prepare(insert).run(row);
  }
}

/** The same in every run, so that what a reader sees is what the next one sees. */
function sampleRows(): Record<string, Row[]> {
  const people =
    'Ada Lund, Bruno Weiss, Carla Rossi, Dipa Sen, Emil Vog, Farah Aziz, Goran Ilic, Hana Mori';
  const goods =
    'desk lamp, standing desk, office chair, monitor arm, notebook, whiteboard, headset';
  const towns = 'Oslo, Graz, Bologna, Pune, Ghent, Lille, Split, Kobe';
  const person = choosing(people);
  const good = choosing(goods);
  const town = choosing(towns);
  return {
    customers: times(24, (n) => ({ name: person(n), town: town(n), since: day(n * 31) })),
    orders: times(48, (n) => ({
      day: day(400 + n * 7),
      customer: person(n * 3),
      item: good(n * 5),
      amount_usd: 19 + ((n * 137) % 480),
    })),
    orders_2019: times(96, (n) => ({
      day: day(n * 4),
      customer: person(n * 5),
      item: good(n * 2),
      amount_usd: 15 + ((n * 91) % 390),
    })),
    payments: times(6, (n) => ({
      day: day(700 + n * 9),
      paid_to: choosing('Fjord Freight, Nordlys Energy, Papirhuset')(n),
      amount_usd: 220 + n * 85,
      reference: `invoice ${2200 + n}`,
    })),
  };
}

function times(count: number, row: (n: number) => Row): Row[] {
  return Array.from({ length: count }, (_, n) => row(n));
}

function choosing(words: string): (n: number) => string {
  const choices = words.split(', ');
  return (n) => choices[n % choices.length] as string;
}

function day(daysLater: number): string {
  return new Date(Date.UTC(2024, 0, 8 + daysLater)).toISOString().slice(0, 10);
}
