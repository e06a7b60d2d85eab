import { expect, test } from 'vitest';
import { parseContrast } from '../../../src/glm/contrast/contrast.js';

const names = ['law', 'cooking', 'pathology', 'law - old', 'non-sense', '2', 'constant'];
const weights = (text: string) => Object.fromEntries(parseContrast(text, names).weights);

test.each([
  ['pathology', { pathology: 1 }],
  ['law - cooking', { law: 1, cooking: -1 }],
  ['law-cooking', { law: 1, cooking: -1 }],
  ['-law + 0.5*cooking', { law: -1, cooking: 0.5 }],
  ['0.5*law + .5 * cooking - 1e0*pathology', { law: 0.5, cooking: 0.5, pathology: -1 }],
  ['1/4*law + law', { law: 1.25 }],
  ['law - old', { 'law - old': 1 }],
  ['law - old - law', { 'law - old': 1, law: -1 }],
  ['non-sense', { 'non-sense': 1 }],
  ['2 - 2*2', { '2': -1 }],
])('%s', (text, expected) => {
  expect(weights(text)).toEqual(expected);
});

test('a name of its own, or the formula', () => {
  expect(parseContrast('law > food = law - cooking', names).name).toBe('law > food');
  expect(parseContrast(' law - cooking ', names).name).toBe('law - cooking');
});

test('a text that is a column is that column, whatever it holds', () => {
  for (const name of ['a = b', 'law', '2*law', ' - ', 'x=y']) {
    const contrast = parseContrast(name, ['law', 'b', name]);
    expect([contrast.name, ...contrast.weights]).toEqual([name, [name, 1]]);
  }
});

test('an unknown column is refused with the columns there are and the nearest', () => {
  expect(() => parseContrast('law - pathologie', names)).toThrow(
    /no column 'pathologie'.*law, cooking, pathology.*Did you mean 'pathology'\?/,
  );
});

test.each([
  ['', 'design/contrast-formula'],
  ['name =', 'design/contrast-formula'],
  ['= law', 'design/contrast-formula'],
  ['1/0*law', 'design/contrast-formula'],
  ['law cooking', 'design/unknown-column'],
  ['law +', 'design/contrast-formula'],
  ['0.5 law', 'design/unknown-column'],
  ['law - law', 'design/empty-contrast'],
])('refuses %j with %s', (text, code) => {
  expect(() => parseContrast(text, names)).toThrow(expect.objectContaining({ code }));
});
