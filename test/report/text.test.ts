import { expect, test } from 'vitest';
import { showNetworks } from '../../src/report/networks.js';
import { count, table } from '../../src/report/text.js';

test('columns are aligned, numbers to the right', () => {
  const text = table(
    [
      ['task', 'active'],
      ['a', '1,234'],
      ['longer', '5'],
    ],
    true,
  );
  expect(text).toBe('  task    active\n  a        1,234\n  longer       5\n');
  expect(count(1234567)).toBe('1,234,567');
});

test('networks and their overlaps are shown, each pair once', () => {
  const network = (task: string, active: number) => ({
    subject: 's',
    session: null,
    task,
    contrast: task,
    units: 200,
    active,
    positive: active,
    negative: 0,
    threshold: 3,
    dof: 10,
  });
  const pair = (a: string, b: string, dice: number | null) => ({
    subject: 's',
    session: null,
    a,
    b,
    both: 0,
    dice,
  });
  const shown = showNetworks(
    {
      networks: [network('one', 50), network('two', 20), network('three', 0)],
      overlaps: [pair('one', 'two', 0.25), pair('one', 'three', 0), pair('two', 'three', null)],
    },
    'prompts',
  );
  expect(shown).toContain('one    one           50       200  25.0%');
  expect(shown).toMatch(/2 two +0\.25\n/);
  expect(shown).toMatch(/3 three +0\.00 +-\n/);
});
