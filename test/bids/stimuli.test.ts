import { expect, test } from 'vitest';
import { stimulusFiles } from '../../src/bids/stimuli.js';
import { simulateRecording } from '../workflow/simulate.js';

test('subjects who saw the same prompts share a table', () => {
  const one = simulateRecording();
  const two = simulateRecording({ id: { subject: '02' } });
  const { texts, fileOf } = stimulusFiles([one, two]);
  expect([...texts.keys()]).toEqual(['task-topics_run-1_prompts.tsv']);
  expect(fileOf.get(two)).toBe(fileOf.get(one));
});

test('a subject who saw others has a table of its own', () => {
  const one = simulateRecording();
  const two = simulateRecording({ id: { subject: '02', session: 'a' }, prompts: 6 });
  const { texts, fileOf } = stimulusFiles([one, two]);
  expect(texts.size).toBe(2);
  expect(fileOf.get(two)).toBe('sub-02_ses-a_task-topics_run-1_prompts.tsv');
});

test('a text with tabs and line ends stays in its cell', () => {
  const { texts } = stimulusFiles([simulateRecording({ prompts: 1 })]);
  const lines = [...texts.values()][0].trimEnd().split('\n');
  expect(lines).toEqual([
    'prompt\ttrial_type\ttext',
    'p1\tpathology\tThe stratum\\tof prompt 1\\nis',
  ]);
});
