import { expect, test } from 'vitest';
import { columnsWithin } from '../../../../src/glm/prompts/sums/columns-within.js';
import { designOf, onOff, promptsOf } from '../prompt-data.js';

const { promptOf } = promptsOf([5, 17, 1, 9]);
const constant = promptOf.map(() => 1);

test('columns that have one value a prompt do not change within one', () => {
  expect(columnsWithin(onOff(promptsOf([5, 17, 1, 9])), promptOf)).toEqual([]);
});

test('those that change within any are found, by number', () => {
  const once = promptOf.map((g, t) => (g === 3 && promptOf[t - 1] === 3 ? 1 : 0));
  const position = promptOf.map((g, t) => t - promptOf.indexOf(g));
  const design = designOf({ position, on: promptOf.map((g) => g % 2), once, constant });
  expect(columnsWithin(design, promptOf)).toEqual([0, 2]);
});

test('a prompt that comes back later is one', () => {
  const design = designOf({ constant, half: promptOf.map((_, t) => Number(t > 15)) });
  const back = promptOf.map((g) => g % 2);
  expect(columnsWithin(design, back)).toEqual([1]);
});
