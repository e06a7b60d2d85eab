import { expect, test } from 'vitest';
import {
  formatTsv,
  numberColumn,
  parseTsv,
  textColumn,
  unescapeCell,
} from '../../src/files/tsv.js';

test('what is written is read', () => {
  const table = parseTsv(
    formatTsv(
      ['a', 'b'],
      [
        ['x', 1 / 3],
        ['y', null],
      ],
    ),
    't',
  );
  expect(textColumn(table, 'a', 't')).toEqual(['x', 'y']);
  expect(numberColumn(table, 'b', 't')).toEqual([1 / 3, Number.NaN]);
});

test('tabs, newlines and empty cells cannot break the table', () => {
  const text = formatTsv(['a'], [['x\ty\nz'], ['']]);
  expect(text).toBe('a\nx\\ty\\nz\nn/a\n');
});

test('an escaped cell becomes the text it was', () => {
  for (const text of ['x\ty\r\nz', '\\n', '\\\n\\\\t', 'C:\\new', 'plain']) {
    const [[cell]] = parseTsv(formatTsv(['a'], [[text]]), 't').rows;
    expect(unescapeCell(cell)).toBe(text);
  }
});

test.each([
  ['a\tb\n1\n', 'file/ragged-table', 'line 2'],
  ['a\nfoo\n', 'file/not-a-number', 'line 2'],
  ['c\n1\n', 'file/missing-column', 'columns c'],
])('%j is refused with its place', (text, code, place) => {
  const read = () => numberColumn(parseTsv(text, 't.tsv'), 'a', 't.tsv');
  expect(read).toThrow(expect.objectContaining({ code, given: expect.stringContaining(place) }));
});

test('Windows line ends and a byte order mark are read', () => {
  expect(parseTsv('\uFEFFa\tb\r\n1\t2\r\n', 't').rows).toEqual([['1', '2']]);
});
