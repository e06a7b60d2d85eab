/** Probability distributions, in logs where tails are small. One family a file. */
export { fLogCdf, fLogSf, zOfF } from './f.js';
export { gammaDensity } from './gamma.js';
export { normalIsf, normalIsfOfLog, normalLogSf, normalSf } from './normal.js';
export { tLogSf, tSf, zOfT } from './t.js';
