import { afterAll, beforeAll, expect, test } from 'vitest';
import { scanRead, tokenIds } from '../../../src/model/scan/read.js';
import { scoreTexts } from '../../../src/model/scan/score.js';
import { openPhantom, type Phantom } from '../phantom.js';

let phantom: Phantom;
beforeAll(async () => {
  phantom = await openPhantom('read');
});
afterAll(() => phantom.loaded.release());

test('the log-probabilities of a batch are those of each text read alone', async () => {
  const texts = ['The doctor looked at the scan of the liver.', 'Stir the soup.'];
  const { loaded } = phantom;
  const scores = await scoreTexts(
    loaded,
    texts.map((text) => tokenIds(loaded, text)),
  );
  for (const [i, text] of texts.entries()) {
    const options = { texts: [text], tokensPerPass: 1000, onVolumes: () => {} };
    const [read] = await scanRead(loaded, options);
    expect(scores[i]).toHaveLength(read.length - 1);
    for (const [k, value] of scores[i].entries()) {
      expect(value).toBeCloseTo(read[k].logProbability, 4);
    }
  }
});
