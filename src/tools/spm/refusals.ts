import type { Refusal } from '../../core/errors.js';
import type { HandoffRun, HandoffStudy } from '../../core/handoff.js';
import { groupsOf } from '../weights.js';
import { basesOf } from './bases.js';
import { carrierOf, isModulated, sharing } from './conditions.js';
import { sessionOf, unplaced } from './session.js';

/**
 * SPM scales a session by 100 over its mean intensity, which is that of the voxels above an eighth of
 * the volume's mean. Where each unit's mean is above 0 so is that, and no sign turns round.
 */
function ofValues({ name, values }: HandoffRun): Refusal[] {
  if (values.lowestMean > 0) return [];
  return [
    {
      given: `${name}: a unit with a mean of ${values.lowestMean} over time`,
      expected:
        'means above 0: SPM divides by the mean intensity, and a negative one turns the sign of every t',
      todo: 'Give a mask without those units, or add a constant to the data (t does not change).',
    },
  ];
}

/** SPM cannot read images of one column or one slit of voxels along y or z. */
function ofShape({ name, shape }: HandoffRun): Refusal[] {
  const [x, y, z] = shape;
  if (x > 1 || y > 1 === z > 1) return [];
  return [
    {
      given: `${name}: an image of ${shape.join(' x ')} voxels`,
      expected: 'more than one voxel along x: SPM fails on such images',
      todo: 'Put the units along x.',
    },
  ];
}

function ofBases({ name, ...run }: HandoffRun, { design }: HandoffStudy): Refusal[] {
  if (basesOf({ runs: [{ name, ...run }], design }).length === 1) return [];
  return [
    {
      given: `${name}: conditions with different responses`,
      expected: "for design 'native': one response for all, as SPM has one set of basis functions",
      todo: 'Ask for --design exact.',
    },
  ];
}

/** A modulator's main effect beside conditions of the same events would make them inestimable. */
function ofModulation(run: HandoffRun, { design }: HandoffStudy): Refusal[] {
  if (design === 'exact') return [];
  return run.conditions
    .filter((own) => isModulated(own) && !carrierOf(run, own) && sharing(run, own).length > 0)
    .map((own) => ({
      given: `${run.name}: heights of '${own.name}' over events of ${sharing(run, own)
        .map(({ name }) => name)
        .join(', ')}`,
      expected:
        "for design 'native': heights over all events of one condition and no other's, as SPM's parametric modulators are",
      todo: 'Ask for --design exact.',
    }));
}

function ofContrasts(run: HandoffRun, { design }: HandoffStudy): Refusal[] {
  const session = sessionOf(run, design);
  const { t, f } = run.contrasts;
  return [...t, ...f.flatMap(({ rows }) => rows)].flatMap((contrast): Refusal[] => {
    const missing = unplaced(session, contrast);
    if (missing.length === 0) return [];
    return [
      {
        given: `${run.name}: contrast '${contrast.name}' of ${missing.join(', ')}`,
        expected: `columns that SPM's design has: ${[...session.places.keys()].join(', ')}, constant`,
        todo: 'Leave the contrast out, or ask for --design exact.',
      },
    ];
  });
}

/** Sessions share time, place and basis functions. */
function ofGroup(
  group: string,
  runs: readonly HandoffRun[],
  design: HandoffStudy['design'],
): Refusal[] {
  const differ = (what: string, of: (run: HandoffRun) => string | number): Refusal[] => {
    const found = [...new Set(runs.map(of))];
    if (found.length === 1) return [];
    return [
      {
        given: `${group}: runs whose ${what} are ${found.join(' and ')}`,
        expected: `the same for all runs of a group: they are sessions of one SPM model`,
        todo: 'Hand the runs over one by one with --run.',
      },
    ];
  };
  const clashes = runs.length > 1 && runs.some(({ name }) => name === group);
  return [
    ...differ('repetition times', ({ repetitionTime }) => repetitionTime),
    ...differ('sampling times', ({ sliceTimeRef }) => sliceTimeRef),
    ...differ('grids', ({ shape }) => shape.join(' x ')),
    ...differ('basis functions', (run) => basesOf({ runs: [run], design }).join()),
    ...(clashes
      ? [
          {
            given: `${group}: a run without a run label beside others with one`,
            expected: 'a run label for every run: the sessions together have the name without it',
            todo: 'Rename the run.',
          },
        ]
      : []),
  ];
}

/** All that SPM would stumble over, much of it without a word. */
export const refusalsOf = (study: HandoffStudy): Refusal[] => [
  ...study.runs.flatMap((run) => [
    ...ofValues(run),
    ...ofShape(run),
    ...ofBases(run, study),
    ...ofModulation(run, study),
    ...ofContrasts(run, study),
  ]),
  ...[...groupsOf(study.runs)].flatMap(([group, runs]) => ofGroup(group, runs, study.design)),
];
