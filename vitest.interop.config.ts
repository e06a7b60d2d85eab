import { defineConfig } from 'vitest/config';

/** Tests against real peers (nibabel, nilearn, the BIDS validator), installed into .venv. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/peers.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
