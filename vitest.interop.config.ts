import { configDefaults, defineConfig } from 'vitest/config';

/**
 * Tests against real peers (nibabel, nilearn, the BIDS validator), installed into .venv. INSTALLED_TOOLS=1
 * runs FSL, AFNI and SPM as well, which no registry has: FSLDIR and feat, 3dREMLfit, octave-cli and SPM_DIR
 * must be there.
 */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...(process.env.INSTALLED_TOOLS ? [] : ['test/interop/installed/**']),
    ],
    globalSetup: ['test/interop/peers.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
