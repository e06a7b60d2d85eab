import { expect } from 'vitest';
import { main } from '../../src/cli.js';
import { captured } from './streams.js';

/** What a command printed as JSON, its errors, and its exit code. */
export async function run(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json'], streams);
  return {
    code,
    result: code === 0 ? JSON.parse(streams.output()) : null,
    error: streams.errors(),
  };
}

/** What a handoff that goes well printed. */
export async function handoff(...argv: string[]) {
  const { code, result, error } = await run('handoff', ...argv);
  expect(error).toBe('');
  expect(code).toBe(0);
  return result;
}

/** Boxcars a, b, c and a linear drift, as the golden peers fitted them. */
export const model = (software: object, confounds: readonly string[] = []) => ({
  Name: 'peers',
  BIDSModelVersion: '1.0.0',
  Nodes: [
    {
      Level: 'Run',
      Name: 'run',
      GroupBy: ['run', 'subject'],
      Transformations: {
        Transformer: 'pybids-transforms-v1',
        Instructions: [{ Name: 'Factor', Input: ['trial_type'] }],
      },
      Model: {
        Type: 'glm',
        X: ['trial_type.*', ...confounds, 1],
        Software: {
          boldbridge: { inference: 'volumes', noise: 'ols', driftOrder: 1, ...software },
        },
      },
      Contrasts: [
        {
          Name: 'aMinusB',
          ConditionList: ['trial_type.a', 'trial_type.b'],
          Weights: [1, -1],
          Test: 't',
        },
      ],
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.a', 'trial_type.b'] },
    },
  ],
});
