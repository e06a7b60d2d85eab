import { beforeAll, describe, expect, test } from 'vitest';
import { makeDesign } from '../../src/glm/design/design.js';
import { frameTimesOf } from '../../src/glm/design/frame-times.js';
import { HRFS } from '../../src/glm/design/hrf.js';
import { havePeers, python } from './peers.js';

/** The designs of all cases; nilearn writes its own messages to standard output, so they are kept off. */
const DESIGNS = `
import contextlib, json, sys
import numpy as np, pandas as pd
from nilearn.glm.first_level import make_first_level_design_matrix
given = json.loads(sys.argv[1])
found = []
with contextlib.redirect_stdout(sys.stderr):
    for case in given["cases"]:
        x = make_first_level_design_matrix(
            np.array(case["times"]), pd.DataFrame(given["events"]), hrf_model=case["hrf"],
            drift_model=None, fir_delays=given["delays"])
        found.append({"names": list(x.columns), "values": x.to_numpy().ravel().tolist()})
print(json.dumps(found))
`;

const repetitionTime = 1.3;
const volumes = 140;
/** Onsets between volumes, durations from none to many volumes, amplitudes of either sign. */
const events = [
  { onset: 3.71, duration: 0, trialType: 'law', modulation: 2.5 },
  { onset: 20, duration: 7.9, trialType: 'maths', modulation: -1 },
  { onset: 33.33, duration: 1.3, trialType: 'law', modulation: 0.25 },
  { onset: 60.5, duration: 30, trialType: 'law', modulation: 1 },
  { onset: 120, duration: 0.4, trialType: 'maths', modulation: 3 },
  { onset: 130.01, duration: 12, trialType: 'maths', modulation: 0.5 },
];

const firDelays = [0, 1, 2, 5];
const cases = HRFS.flatMap((hrf) =>
  [0, 0.5].map((sliceTimeRef) => {
    const frameTimes = frameTimesOf({ volumes, repetitionTime, sliceTimeRef });
    return { hrf, sliceTimeRef, frameTimes };
  }),
);

describe.skipIf(!havePeers)("nilearn's design of modulated events", () => {
  let theirs: { names: string[]; values: number[] }[];
  beforeAll(async () => {
    const given = {
      cases: cases.map(({ hrf, frameTimes }) => ({
        times: [...frameTimes],
        hrf: hrf === 'none' ? null : hrf,
      })),
      events: events.map(({ trialType, ...rest }) => ({ ...rest, trial_type: trialType })),
      delays: firDelays,
    };
    theirs = await python(DESIGNS, JSON.stringify(given));
  });

  test.each(cases.map((one, at) => ({ ...one, at })))(
    '$hrf, volumes timed at $sliceTimeRef of their length: the same columns to 1e-9',
    ({ hrf, frameTimes, at }) => {
      const ours = makeDesign({ events, frameTimes, hrf, ...(hrf === 'fir' && { firDelays }) });
      expect(ours.names).toEqual(theirs[at].names);
      expect(ours.values.length).toBe(theirs[at].values.length);
      theirs[at].values.forEach((value, i) => {
        expect(Math.abs(ours.values[i] - value)).toBeLessThan(1e-9);
      });
    },
  );
});
