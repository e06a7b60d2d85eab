import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { PACKAGE_ROOT } from '../../src/files/versions.js';
import { loadStudy, type Study } from '../../src/study/load.js';
import { planStudy } from '../../src/study/plan.js';

let study: Study;
beforeAll(async () => {
  study = await loadStudy(join(PACKAGE_ROOT, 'bids-templates/studies/demo.yaml'));
});

test('the demo: six tasks, two runs each, 20 prompts on and 20 off in a run', () => {
  const runs = planStudy(study);
  expect(runs).toHaveLength(12);
  for (const run of runs) {
    const types = run.prompts.map(({ stimulus }) => stimulus.event.trialType);
    expect(types.filter((type) => type === run.id.task)).toHaveLength(20);
    expect(types.filter((type) => type === 'rest')).toHaveLength(20);
    expect(run.volumes).toBe(40 * 12);
  }
});

test('no prompt is used twice in a study', () => {
  const texts = planStudy(study).flatMap((run) => run.prompts.map((p) => p.stimulus.text));
  expect(new Set(texts).size).toBe(texts.length);
});

test('prompts follow each other without gaps, in blocks off, on, off', () => {
  const [run] = planStudy(study);
  const { tokens = 0, repetition_time } = study.settings;
  for (const [n, { stimulus }] of run.prompts.entries()) {
    expect(stimulus.event.onset).toBe(n * tokens * repetition_time);
    expect(stimulus.event.duration).toBe(tokens * repetition_time);
  }
  const first = run.prompts.slice(0, 8).map(({ stimulus }) => stimulus.event.trialType);
  const task = run.id.task;
  expect(first).toEqual(['rest', 'rest', task, task, task, task, 'rest', 'rest']);
});

test('the same seed gives the same plan; another seed other prompts', () => {
  expect(planStudy(study)).toEqual(planStudy(study));
  const other = { ...study, settings: { ...study.settings, seed: 1 } };
  expect(planStudy(other)).not.toEqual(planStudy(study));
});

test('every prompt has a seed and a name of its own', () => {
  const prompts = planStudy(study).flatMap((run) => run.prompts);
  expect(new Set(prompts.map(({ seed }) => seed)).size).toBe(prompts.length);
  expect(new Set(prompts.map(({ stimulus }) => stimulus.event.prompt)).size).toBe(prompts.length);
});

test('too few prompts are refused, with how many are needed', () => {
  const few = { ...study, restPrompts: study.restPrompts.slice(0, 239) };
  expect(() => planStudy(few)).toThrow(
    expect.objectContaining({
      code: 'study/too-few-prompts',
      expected: expect.stringContaining('240'),
    }),
  );
});

test('where prompts differ in length, each takes its own time and none overlaps', () => {
  const lengthOf = (text: string) => text.split(' ').length;
  for (const { prompts, volumes } of planStudy(study, lengthOf)) {
    let next = 0;
    for (const { stimulus, first, volumes: own } of prompts) {
      expect([first, own]).toEqual([next, lengthOf(stimulus.text)]);
      expect(stimulus.event.onset).toBe(first * study.settings.repetition_time);
      expect(stimulus.event.duration).toBe(own * study.settings.repetition_time);
      next += own;
    }
    expect(volumes).toBe(next);
  }
});
