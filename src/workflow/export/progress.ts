import type { Recording } from '../../core/recording.js';
import type { Series } from '../../core/series.js';

export const countVolumes = (recordings: readonly Recording[]) =>
  recordings.reduce((sum, { series }) => sum + series.volumes, 0);

/**
 * Recorded volumes to go through. Every one is read twice for each kind of series, once for the
 * intensity and once to be written; a third time, first, where series are convolved. Those of the first
 * kind are read three times more where units are sorted by them: for the intensity, to compare units,
 * and to measure how alike neighbours are.
 */
export function volumesToRead(
  recordings: readonly Recording[],
  {
    kinds,
    convolved,
    sorted,
  }: { readonly kinds: number; readonly convolved: boolean; readonly sorted: boolean },
): number {
  const times = (convolved ? 3 : 2) * kinds + (sorted ? 3 : 0);
  return times * countVolumes(recordings);
}

/** The same recordings, telling how many volumes were read of all to be read. */
export function watched(
  recordings: readonly Recording[],
  total: number,
  onProgress: (done: number, total: number) => void,
): readonly Recording[] {
  let done = 0;
  const telling = (series: Series): Series => ({
    ...series,
    async *blocks() {
      for await (const block of series.blocks()) {
        yield block;
        done += block.volumes;
        onProgress(done, total);
      }
    },
  });
  return recordings.map((recording) => ({ ...recording, series: telling(recording.series) }));
}
