import { join } from 'node:path';
import { describeDerivative } from '../bids/describe-derivative.js';
import type { Progress } from '../core/progress.js';
import { writeTable } from '../files/described-table.js';
import { stageFolder, writeText } from '../files/whole.js';
import { makeRandom } from '../math/random.js';
import { calibrationPicture } from '../report/calibration-picture.js';
import { measureNull, measurePower, type NullRow, type PowerRow } from './calibrate/measure.js';
import { confoundsOf, METHODS } from './calibrate/methods.js';
import { collectPool } from './calibrate/pool.js';
import { NULL_TABLE, POWER_TABLE } from './calibrate/tables.js';
import { openInputs } from './glm/inputs/open-inputs.js';
import type { Selection } from './glm/inputs/run-input.js';
import { rawDatasetOf } from './raw-dataset.js';

export interface CalibrateOptions extends Selection {
  readonly dataset: string;
  readonly out: string;
  /** The condition whose prompts are labelled at random. */
  readonly condition: string;
  /** Of the methods that take prompts' means, which are fast. */
  readonly labellings: number;
  /** Of the others, and of planted effects. */
  readonly slowLabellings: number;
  readonly alpha: number;
  /** Planted effect, in sd of a unit's prompt means. */
  readonly effect: number;
  /** Random units measured, at most. */
  readonly units: number;
  readonly seed: number;
  readonly force: boolean;
  readonly command: string;
  readonly progress: Progress;
}

export interface CalibrateSummary {
  readonly out: string;
  readonly prompts: number;
  readonly promptsPerLabelling: number;
  readonly blockLength: number;
  readonly units: number;
  readonly alpha: number;
  readonly effect: number;
  readonly null: readonly Omit<NullRow, 'histogram'>[];
  readonly power: readonly PowerRow[];
}

/**
 * Error rates of every method on a real recording: prompts of one condition, labelled at random many
 * times, and effects planted in known units. The folder appears when it is whole.
 * @throws DataError `data/too-few-prompts`; OutputError; and as openInputs
 */
export async function runCalibrate(options: CalibrateOptions): Promise<CalibrateSummary> {
  const { dataset, out, force, command, alpha, effect, labellings, slowLabellings, seed } = options;
  const inputs = await openInputs(dataset, options);
  const pool = await collectPool(inputs, options);
  const methods = METHODS.filter(
    (method) => !method.confounds || confoundsOf(method, pool).length > 0,
  );
  const timesOf = (inference: string) => (inference === 'prompts' ? labellings : slowLabellings);
  const total = methods.reduce(
    (sum, { inference }) => sum + timesOf(inference) + slowLabellings,
    0,
  );
  return stageFolder(out, { force }, async (root) => {
    const bar = options.progress.start('Labelling', { total, unit: 'labellings' });
    const onLabelling = () => bar.advance(1);
    const [nulls, power]: [NullRow[], PowerRow[]] = [[], []];
    for (const method of methods) {
      const shared = { alpha, onLabelling };
      const times = timesOf(method.inference);
      nulls.push(
        await measureNull(pool, method, { ...shared, labellings: times, random: makeRandom(seed) }),
      );
      const planted = {
        ...shared,
        effect,
        labellings: slowLabellings,
        random: makeRandom(seed + 1),
      };
      power.push(await measurePower(pool, method, planted));
    }
    bar.finish();
    const raw = rawDatasetOf(inputs, { out, dataset });
    const readme = 'calibrate/README.md';
    const ignored = ['*.tsv', '*.json', '*.svg'];
    await describeDerivative(root, { title: 'calibration', readme, raw, command, ignored });
    const about = {
      Prompts: pool.prompts.length,
      PromptsPerLabelling: pool.perRun,
      PromptsPerBlock: pool.blockLength,
      Units: pool.units,
      NominalRate: alpha,
      Seed: seed,
      Confounds: pool.confounds,
      Command: command,
    };
    await writeTable(join(root, 'false-positives'), NULL_TABLE, nulls, about);
    await writeTable(join(root, 'power'), POWER_TABLE, power, { ...about, PlantedEffect: effect });
    await writeText(join(root, 'calibration.svg'), calibrationPicture(nulls));
    return {
      out,
      prompts: pool.prompts.length,
      promptsPerLabelling: pool.perRun,
      blockLength: pool.blockLength,
      units: pool.units,
      ...{ alpha, effect },
      null: nulls.map(({ histogram: _, ...row }) => row),
      power,
    };
  });
}
