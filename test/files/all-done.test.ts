import { expect, test } from 'vitest';
import { allDone } from '../../src/files/all-done.js';

test('the first failure is thrown when nothing is at work any more', async () => {
  let ended = 0;
  const slow = new Promise((resolve) => setTimeout(resolve, 20)).then(() => ended++);
  const failing = [Promise.reject(new Error('full')), slow, Promise.reject(new Error('gone'))];
  await expect(allDone(failing)).rejects.toThrow('full');
  expect(ended).toBe(1);
  await allDone([]);
});
