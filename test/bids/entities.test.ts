import { expect, test } from 'vitest';
import { ENTITY_ORDER, formatName, parseName } from '../../src/bids/entities.js';
import schema from '../fixtures/bids-schema.json' with { type: 'json' };

test("entities stand in the schema's order, contrast and stat before desc", () => {
  const inSchema = ENTITY_ORDER.filter((key) => key !== 'contrast' && key !== 'stat');
  expect(inSchema).toEqual(schema.entityOrder);
});

test('names are built in order and parsed again', () => {
  const name = {
    entities: { desc: 'preproc', task: 'x', sub: '01', ses: 'a+b', run: '2' },
    suffix: 'bold',
    extension: '.nii.gz',
  } as const;
  expect(formatName(name)).toBe('sub-01_ses-a+b_task-x_run-2_desc-preproc_bold.nii.gz');
  expect(parseName(formatName(name))).toEqual(name);
});

test.each(['on-off', 'a_b', '', 'ü', 'a b', '../x'])("the label '%s' is refused", (label) => {
  const build = () => formatName({ entities: { sub: label }, suffix: 'bold', extension: '.json' });
  expect(build).toThrow(expect.objectContaining({ code: 'study/bad-label' }));
});

test.each([
  'dataset_description.json',
  'sub-01_what-ever_bold.nii.gz',
  'sub-_bold.nii.gz',
  '.bidsignore',
  'CHANGES',
])('%s is no BIDS name', (name) => {
  expect(parseName(name)).toBeNull();
});
