/** The study that benches of fitting while recording scan, and what they fit. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DOMAINS = ['scan of the patient', 'trench on the hill', 'vote in the north', 'old skull'];

/** Prompts of about the same length. */
export const textsOf = (count) =>
  Array.from({ length: count }, (_, i) => `The ${DOMAINS[i % 4]}, number ${i}, was`);

export const SAMPLING = { do_sample: true, top_k: 40 };

/** Ways to fit: a model's Software.boldbridge, and columns beside the events'; or the default. */
export const FITS = {
  prompts: null,
  cluster: { inference: 'cluster' },
  ols: { inference: 'volumes', noise: 'ols' },
  ar1: { inference: 'volumes', noise: 'ar1' },
  position: { inference: 'cluster', X: ['position'] },
  drift: { inference: 'volumes', noise: 'ar1', driftOrder: 3 },
};

const statsModel = ({ X = [], ...boldbridge }) => ({
  Name: 'live',
  BIDSModelVersion: '1.0.0',
  Nodes: [
    {
      Level: 'Run',
      Name: 'run',
      GroupBy: ['run', 'subject'],
      Transformations: {
        Transformer: 'pybids-transforms-v1',
        Instructions: [
          { Name: 'Filter', Input: ['trial_type'], Query: "trial_type != 'rest'" },
          { Name: 'Factor', Input: ['trial_type'] },
        ],
      },
      Model: { Type: 'glm', X: ['trial_type.*', ...X, 1], Software: { boldbridge } },
      DummyContrasts: { Test: 't', Contrasts: ['trial_type.*'] },
    },
  ],
});

/** Writes a study of blocks of eight prompts, half of the texts at rest, and the models of all fits. */
export function writeStudy(folder, { model, tokens, texts }) {
  const at = (name) => join(folder, name);
  writeFileSync(at('on.txt'), texts.slice(0, texts.length / 2).join('\n'));
  writeFileSync(at('off.txt'), texts.slice(texts.length / 2).join('\n'));
  const lines = {
    name: 'Live',
    model,
    subject: 'one',
    tokens,
    seed: '1',
    sampling: JSON.stringify(SAMPLING),
    blocks: `{ pattern: [off, on], cycles: ${texts.length / 16}, prompts: { on: 8, off: 8 } }`,
    rest: 'off.txt',
    tasks: '{ on: { prompts: on.txt } }',
  };
  const text = Object.entries(lines).map(([key, value]) => `${key}: ${value}`);
  writeFileSync(at('study.yaml'), text.join('\n'));
  const models = Object.entries(FITS).map(([fit, own]) => {
    if (!own) return [fit, 'default'];
    writeFileSync(at(`${fit}_smdl.json`), JSON.stringify(statsModel(own)));
    return [fit, at(`${fit}_smdl.json`)];
  });
  return { study: at('study.yaml'), models: Object.fromEntries(models) };
}
