import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli.js';
import type { CollectSummary } from '../../src/workflow/collect.js';
import { goldenDataset } from './golden-dataset.js';
import { captured } from './streams.js';

export type CollectGolden = Awaited<ReturnType<typeof collectGolden>>;

export async function command(...argv: string[]) {
  const streams = captured();
  const code = await main([...argv, '--json', '--force'], streams);
  return { code, output: streams.output(), errors: streams.errors() };
}

/** A new folder with the golden run 1 as a dataset, and what fits it and collects into the folder. */
export async function collectGolden() {
  const folder = await mkdtemp(join(tmpdir(), 'boldbridge-collect-'));
  const { dataset, mask, values } = await goldenDataset(folder, { '01': [1] });

  /** Our own maps of the run, in a folder named after the noise model. */
  async function fit(noise: 'ols' | 'ar1') {
    const model = ['--inference', 'volumes', '--hrf', 'none', '--drift', 'polynomial'];
    const tests = ['--contrast', 'a', '--contrast', 'b', '--contrast', 'aMinusB = a - b'];
    const { code, errors } = await command(
      ...['glm', dataset, join(folder, noise), '--mask', mask, ...model, ...tests],
      ...['--noise', noise],
    );
    if (code !== 0) throw new Error(errors);
  }

  /** Collects and gives the summary; fails where it does not end well. */
  async function collect(path: string, out: string, ...more: string[]): Promise<CollectSummary> {
    const flags = ['--dataset', dataset, '--mask', mask, '--run', '1', '--out', join(folder, out)];
    const { code, output, errors } = await command('collect', path, ...flags, ...more);
    if (code !== 0) throw new Error(errors);
    return JSON.parse(output);
  }

  async function refusal(path: string, ...more: string[]) {
    const none = join(folder, 'none');
    const flags = ['--dataset', dataset, '--mask', mask, '--run', '1', '--out', none];
    const { code, errors } = await command('collect', path, ...flags, ...more);
    return code === 2 ? JSON.parse(errors).error : { code: `exit ${code}` };
  }

  const mapOf = (out: string, contrast: string, stat: string) =>
    join(
      ...[folder, out, 'sub-01', 'func'],
      `sub-01_task-x_run-1_contrast-${contrast}_stat-${stat}_statmap.nii.gz`,
    );

  return { folder, dataset, mask, values, fit, collect, refusal, mapOf };
}
