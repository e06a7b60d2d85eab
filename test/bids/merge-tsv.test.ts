import { expect, test } from 'vitest';
import { mergeTsv } from '../../src/bids/merge-tsv.js';

const OLD = 'participant_id\tunits\tnote\nsub-01\t5\tmine \\t\nsub-02\t6\tn/a\n';

test('rows of one name get the new cells, others stay, new rows and columns come last', () => {
  const update = 'participant_id\tspecies\tunits\nsub-02\tn/a\t7\nsub-03\tn/a\t8\n';
  expect(mergeTsv(OLD, update, 'participants.tsv')).toBe(
    'participant_id\tunits\tnote\tspecies\n' +
      'sub-01\t5\tmine \\t\tn/a\n' +
      'sub-02\t7\tn/a\tn/a\n' +
      'sub-03\t8\tn/a\tn/a\n',
  );
});

test('a table merged with itself is itself', () => {
  expect(mergeTsv(OLD, OLD, 'participants.tsv')).toBe(OLD);
});

test('a table with ragged lines is refused', () => {
  expect(() => mergeTsv('a\tb\n1\n', OLD, 'x.tsv')).toThrow('x.tsv, line 2');
});
