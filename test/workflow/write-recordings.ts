import { unitCount } from '../../src/core/module.js';
import type { Recording } from '../../src/core/recording.js';
import { writeRecording } from '../../src/recording/write.js';

/** Writes recordings that lie in memory as `boldbridge record` does. */
export async function writeRecordings(
  root: string,
  recordings: readonly (Recording & { readonly values: Float32Array })[],
): Promise<void> {
  for (const recording of recordings) {
    const units = unitCount(recording.modules);
    const plan = { ...recording, volumes: recording.volumes.length };
    await writeRecording(root, plan, { force: false }, async (write) => {
      for (let v = 0; v < plan.volumes; v++)
        await write(v, recording.values.subarray(v * units, (v + 1) * units));
      return { volumes: recording.volumes, stimuli: recording.stimuli };
    });
  }
}
