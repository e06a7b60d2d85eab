import type { ModelContrast, StatsModel } from '../../../bids/stats-model.js';
import { arisingIn } from '../../../core/errors.js';
import { grouped } from '../../grouped.js';
import { listedContrasts } from '../design/listed-contrasts.js';
import { fitJointly } from '../fit/fit-jointly.js';
import { fitRun } from '../fit/fit-run.js';
import { countUnmoved, type RunFit } from '../fit/run-fit.js';
import type { RunInput } from '../inputs/run-input.js';
import type { Specification } from '../model/specification.js';
import { groupEntities, type Outcome } from '../nodes/outcome.js';
import { describe } from '../outputs/describe.js';
import { writeDesign } from '../outputs/design.js';
import { writeComputedMask, writeResiduals, writeRSquare } from '../outputs/run-images.js';
import { note, placeOf, type Work, writeOutcomes } from './work.js';

/** Fits a run, and writes its design, its images and its maps. */
export async function fitAndWrite(input: RunInput, work: Work) {
  const { options, specification, bar } = work;
  const fit = await fitRun(input, specification).catch((error: unknown) => {
    throw arisingIn(input.source, error);
  });
  note(work, input.source, input.series.units, fit.broken);
  const described = describe(fit);
  const { entities, grid, source, repetitionTime } = input;
  const place = placeOf(work, { entities, grid, sources: [source] });
  if (input.computedMask) await writeComputedMask(place, input.computedMask);
  await writeDesign(place, fit.design, { described, contrasts: fit.contrasts });
  if (fit.rSquare) await writeRSquare(place, fit.rSquare, described);
  if (options.residuals && fit.residuals)
    await writeResiduals(place, { series: fit.residuals, repetitionTime, described });
  bar.advance(input.series.volumes);
  const outcomes = [...fit.maps.t, ...fit.maps.f].map(
    (maps): Outcome => ({ entities, maps, grid, sources: [source], described }),
  );
  await writeOutcomes(outcomes, work);
  return { fit: { ...fit, residuals: null }, outcomes };
}

/** A mixed model for each group of runs that a node combines. */
export function joined(
  node: StatsModel['Nodes'][number],
  runs: readonly { readonly input: RunInput; readonly fit: RunFit }[],
  work: Work,
) {
  const groups = grouped(runs, ({ input }) => groupEntities(input.entities, node.GroupBy));
  return groups.map((own) => {
    const [{ input, fit }] = own;
    const joint = fitJointly(own.map((run) => run.fit));
    const entities = groupEntities(input.entities, node.GroupBy);
    const sources = own.map((run) => run.input.source);
    const broken = countUnmoved(joint.maps);
    note(work, sources.join(', '), input.series.units, broken);
    const described = describe({ ...fit, broken });
    const outcomes = [...joint.maps.t, ...joint.maps.f].map(
      (maps): Outcome => ({ entities, maps, grid: input.grid, sources, described }),
    );
    return { outcomes, listed: listedOf(joint.contrasts, joint.design, fit.specification) };
  });
}

/** Contrasts that formulas gave, to be written into the model. */
export function listedOf(
  contrasts: RunFit['contrasts'],
  run: RunFit['run'],
  { formulas, fFormulas }: Specification,
): ModelContrast[] {
  return listedContrasts(
    {
      t: formulas.length > 0 ? contrasts.t : [],
      f: fFormulas.length > 0 ? contrasts.f : [],
    },
    run,
  );
}
