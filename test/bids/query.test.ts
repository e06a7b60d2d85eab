import { expect, test } from 'vitest';
import { parseQuery } from '../../src/bids/query.js';

const ROWS: readonly Readonly<Record<string, string | number>>[] = [
  { trial_type: 'law', rt: 0.4, 'x.y': -1 },
  { trial_type: 'rest', rt: 1.5, 'x.y': 2 },
  { trial_type: "art's", rt: 0.9, 'x.y': 30 },
];
const kept = (query: string) => {
  const { keeps } = parseQuery(query);
  return ROWS.flatMap((row, i) => (keeps((name) => row[name]) ? [i] : []));
};

// The rows that pandas 1.5.3 keeps of the same table (its `x.y` written in backticks there).
test.each([
  ["trial_type == 'law'", [0]],
  ['trial_type != "art\'s"', [0, 1]],
  ['rt > 0.4', [1, 2]],
  ['rt >= .4 and rt < 1', [0, 2]],
  ['0.4 < rt <= 1.5', [1, 2]],
  ["trial_type in ['law', 'rest']", [0, 1]],
  ["trial_type == ['law', 'rest']", [0, 1]],
  ["trial_type not in ('law', 'rest')", [2]],
  ["not trial_type == 'law' and rt < 1", [2]],
  ["trial_type == 'rest' or rt > 0.5 and x.y > 5", [1, 2]],
  ["(trial_type == 'rest' | rt > 0.5) & `x.y` > 5", [2]],
  ["~(trial_type == 'rest')", [0, 2]],
  ['x.y == -1', [0]],
  ['rt == [0.4, 9e-1]', [0, 2]],
])('%s', (query, rows) => {
  expect(kept(query)).toEqual(rows);
});

test('its variables, each once', () => {
  expect(parseQuery("a == 'x' and (b > 1 or a == 'y')").names).toEqual(['a', 'b']);
});

test.each([
  '',
  'rt',
  'rt >',
  'rt > 1 trial_type',
  '(rt > 1',
  "trial_type in ['law'",
  'rt > 1 +',
  'rt = 1',
  'rt > [1, 2]',
  "rt > 'law'",
  "trial_type == 'law",
  'rt.mean() > 1',
])('%s is refused', (query) => {
  expect(() => kept(query)).toThrow(expect.objectContaining({ code: 'design/transformation' }));
});
