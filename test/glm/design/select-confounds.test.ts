import { expect, test } from 'vitest';
import { selectConfounds } from '../../../src/glm/design/select-confounds.js';

const names = ['trans_x', 'rot_x', 'trans_y', 'csf', 'rot_y', 'a.b', 'axb', 'x*', 'xy', 'rot_x_2'];

test.each([
  [['csf'], ['csf']],
  [
    ['rot_y', 'csf'],
    ['rot_y', 'csf'],
  ],
  [['trans_*'], ['trans_x', 'trans_y']],
  [
    ['rot_?', 'trans_*', 'rot_x'],
    ['rot_x', 'rot_y', 'trans_x', 'trans_y'],
  ],
  [['*_x*'], ['trans_x', 'rot_x', 'rot_x_2']],
  [['a.b'], ['a.b']],
  [['a.*'], ['a.b']],
  [['x*'], ['x*']],
  [['*'], names],
  [[], []],
])('%j', (patterns, expected) => {
  expect(selectConfounds(names, patterns)).toEqual(expected);
});

test('what fits nothing is refused, with the nearest name', () => {
  expect(() => selectConfounds(names, ['csf', 'transx'])).toThrow(/'transx'.*'trans_x'\?/);
  expect(() => selectConfounds(names, ['motion*'])).toThrow(
    expect.objectContaining({ code: 'design/unknown-confound' }),
  );
  expect(() => selectConfounds([], ['csf'])).toThrow(/no confounds/);
});
