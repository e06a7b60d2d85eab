import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { centredAffine } from '../../src/image/affine.js';
import { openNifti } from '../../src/image/open-nifti.js';
import { readMap } from '../../src/image/voxels.js';
import { writeMap, writeSeries } from '../../src/image/write-nifti.js';
import { makeRandom } from '../../src/math/random.js';
import { gauss, seriesOfValues } from './simulate.js';

export const SUBJECTS = ['01', '02', '03', '04', '05'] as const;
export const SESSIONS = ['post', 'pre'] as const;
/** Of each subject, in participants.tsv. */
export const KINDS = ['large', 'small', 'small', 'large', 'small'] as const;
export const UNITS = 12;
/** The last unit never changes in subject 02. */
export const DEAD = UNITS - 1;
const TOKENS = 3;
const CONDITIONS = ['law', 'rest', 'law', 'rest'] as const;

/**
 * Five subjects, two sessions each, a run of four prompts of three volumes each. Unit 0 responds to law,
 * more so in session post and in large subjects; the others hold noise.
 */
export async function groupDataset(folder: string) {
  const dataset = join(folder, 'dataset');
  const mask = join(folder, 'mask.nii.gz');
  const shape = [4, 3, 2] as const;
  const voxelOfUnit = Int32Array.from({ length: UNITS }, (_, u) => 2 * u);
  const grid = { shape, affine: centredAffine(shape, 2), voxelOfUnit };
  const random = makeRandom(4);
  for (const [s, subject] of SUBJECTS.entries()) {
    for (const session of SESSIONS) {
      const func = join(dataset, `sub-${subject}`, `ses-${session}`, 'func');
      await mkdir(func, { recursive: true });
      const name = (rest: string) => join(func, `sub-${subject}_ses-${session}_task-x_${rest}`);
      const effect = 6 + (session === 'post' ? 4 : 0) + (KINDS[s] === 'large' ? 8 : 0);
      const values = CONDITIONS.flatMap((condition) => {
        const levels = Array.from({ length: UNITS }, () => gauss(random));
        return Array.from({ length: TOKENS }, () =>
          levels.map((v, u) => {
            const value = v + gauss(random) + (u === 0 && condition === 'law' ? effect : 0);
            return u === DEAD && subject === '02' ? 5 : value;
          }),
        ).flat();
      });
      const series = seriesOfValues(Float32Array.from(values), UNITS);
      await writeSeries(name('bold.nii.gz'), { grid, series, repetitionTime: 1 });
      const rows = CONDITIONS.map((c, p) => `${p * TOKENS}\t${TOKENS}\t${c}\tp${p}`);
      const text = `onset\tduration\ttrial_type\tprompt\n${rows.join('\n')}\n`;
      await writeFile(name('events.tsv'), text);
    }
    const sessions = SESSIONS.map((session) => `ses-${session}\t${session === 'pre' ? 0 : 9}`);
    const file = join(dataset, `sub-${subject}`, `sub-${subject}_sessions.tsv`);
    await writeFile(file, `session_id\tsteps\n${sessions.join('\n')}\n`);
  }
  const people = SUBJECTS.map((subject, s) => `sub-${subject}\t${KINDS[s]}\t${20 + s * s}`);
  await writeFile(
    join(dataset, 'participants.tsv'),
    `participant_id\tkind\tage\n${people.join('\n')}\n`,
  );
  await writeFile(join(dataset, 'dataset_description.json'), '{"Name":"x","BIDSVersion":"1.11.0"}');
  await writeFile(join(dataset, 'task-x_bold.json'), '{"TaskName":"x","RepetitionTime":1}');
  await writeMap(mask, { grid, values: voxelOfUnit.map(() => 1), dtype: 'uint8' });
  /** A map's values, a unit each. */
  const values = async (path: string) => {
    const map = await readMap(await openNifti(path));
    return [...voxelOfUnit].map((voxel) => map[voxel]);
  };
  return { dataset, mask, values };
}
