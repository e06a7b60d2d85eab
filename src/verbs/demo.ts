import { join } from 'node:path';
import { showNetworks } from '../report/networks.js';
import { table } from '../report/text.js';
import type { DemoSummary } from '../workflow/demo.js';
import { describeRule } from '../workflow/glm/networks/network.js';
import type { Verb } from './verb.js';

export const demo: Verb<unknown, DemoSummary> = {
  name: 'demo',
  summary: 'The whole way on the embedded model: record six tasks, export BIDS, fit the GLM.',
  args: [['[outdir]', 'folder for everything (default: boldbridge-demo)']],
  options: [],
  example: 'boldbridge demo',
  run: async ({ args: [outdir = 'boldbridge-demo'], options: { force }, progress }) => {
    const { runDemo } = await import('../workflow/demo.js');
    return runDemo({ outdir, force, progress });
  },
  show: ({ outdir, recordings, dataset, figure, glm, seconds }) =>
    [
      showNetworks(glm, `${glm.inference} as the sample, ${describeRule(glm.rule)}`),
      'Where everything is',
      table([
        ['recordings', recordings],
        ['BIDS dataset', dataset],
        ['statistical maps', glm.out],
        ['picture', figure],
      ]),
      'What to try next',
      `  boldbridge glm ${dataset} ${join(outdir, 'by-volume')} --inference volumes`,
      '      what taking tokens as the sample would have called active',
      `  boldbridge glm ${dataset} ${join(outdir, 'strict')} --threshold bonferroni`,
      '      a stricter threshold',
      '  boldbridge record --help',
      '      your own study, model and prompts',
      '',
      `Done in ${seconds.toFixed(0)} s.`,
      '',
    ].join('\n'),
};
