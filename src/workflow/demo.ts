import { join } from 'node:path';
import type { Depth, Module } from '../core/module.js';
import type { NetworkSummary } from '../core/network.js';
import type { Progress } from '../core/progress.js';
import { PACKAGE_ROOT } from '../files/versions.js';
import { requireVacant, writeText } from '../files/whole.js';
import { makeGrid } from '../image/grid.js';
import { openNifti } from '../image/open-nifti.js';
import { readMap } from '../image/voxels.js';
import { openRecordings } from '../recording/read.js';
import { montage } from '../report/montage.js';
import { exportRecordings } from './export-recordings.js';
import type { GlmSummary } from './glm/options.js';
import { DEFAULT_GLM } from './glm/options.js';
import { networkPaths } from './glm/outputs/network-images.js';
import { runGlm } from './glm.js';
import { recordStudy } from './record.js';

export interface DemoSummary {
  readonly outdir: string;
  readonly recordings: string;
  readonly dataset: string;
  readonly figure: string;
  readonly glm: GlmSummary;
  readonly seconds: number;
}

/** Records the demo study with the embedded model, exports it, fits the GLM and draws the networks. */
export async function runDemo(options: {
  readonly outdir: string;
  readonly force: boolean;
  readonly progress: Progress;
}): Promise<DemoSummary> {
  const { outdir, force, progress } = options;
  const began = Date.now();
  await requireVacant(outdir, force);
  const recordings = join(outdir, 'recordings');
  const dataset = join(outdir, 'dataset');
  const figure = join(outdir, 'networks.svg');
  const study = join(PACKAGE_ROOT, 'bids-templates', 'studies', 'demo.yaml');
  await recordStudy({ study, root: recordings, force, progress });
  const command = 'boldbridge demo';
  await exportRecordings({ recordings, dataset, force, progress, command });
  const glm = await runGlm({
    dataset,
    out: join(dataset, 'derivatives', 'boldbridge-glm'),
    force,
    command,
    progress,
    ...DEFAULT_GLM,
  });
  await writeText(figure, await drawNetworks(recordings, glm));
  return { outdir, recordings, dataset, figure, glm, seconds: (Date.now() - began) / 1000 };
}

async function drawNetworks(recordings: string, glm: GlmSummary): Promise<string> {
  const [{ modules, provenance, id }] = await openRecordings(recordings);
  const grid = makeGrid(modules, provenance.model);
  const atUnits = (map: ArrayLike<number>) => Array.from(grid.voxelOfUnit, (voxel) => map[voxel]);
  const read = async (path: string) => atUnits(await readMap(await openNifti(path)));
  const row = async (network: NetworkSummary) => {
    const { z, active } = networkPaths(glm.out, network);
    return { name: network.contrast, z: await read(z), active: await read(active) };
  };
  return montage({
    title: `What each topic changes in ${id.subject}, layer by layer`,
    caption: `Each square is a unit whose prompt means differ from rest (FDR 0.05). ${provenance.model.architecture}, ${glm.runs} runs.`,
    rows: await Promise.all(glm.networks.map(row)),
    grid,
    slices: sliceNames(modules, grid),
  });
}

/** The depth that each slice with units holds. */
function sliceNames(
  modules: readonly Module[],
  grid: { readonly shape: readonly number[]; readonly voxelOfUnit: Int32Array },
): Map<number, string> {
  const [width, height] = grid.shape;
  const name = (depth: Depth) => (typeof depth === 'number' ? `layer ${depth}` : depth);
  const slices = modules.map(
    ({ depth, firstUnit }) =>
      [Math.floor(grid.voxelOfUnit[firstUnit] / (width * height)), name(depth)] as const,
  );
  return new Map(slices.sort(([a], [b]) => a - b));
}
