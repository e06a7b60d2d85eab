import { expect, test } from 'vitest';
import {
  fLogSf,
  normalIsf,
  normalIsfOfLog,
  normalLogSf,
  tLogSf,
  tSf,
  zOfF,
  zOfT,
} from '../../src/math/distributions.js';
import { logBeta, logGamma } from '../../src/math/gamma.js';
import { relative, table } from '../golden/read.js';

/** From mpmath at 40 digits, rounded to doubles: arguments, then the value. */
const LOG_GAMMA = [
  [0.5, 0.5723649429247001],
  [3.3, 0.9870985778947344],
  [9.99, 12.779315214350193],
  [10, 12.801827480081469],
  [100.5, 361.4355404677776],
  [500000, 6061176.046459176],
];
const T_LOG_SF = [
  [0.001, 3, -0.6938825559126722],
  [1.5, 1, -1.6757537891407273],
  [2, 7.5, -3.1833036429531556],
  [8, 30, -19.581303156737295],
  [30, 176, -162.7433047742073],
  [100, 5000, -2751.5056741801927],
  [3, 1000000, -6.607701598412306],
  [50, 100000, -1239.4496468437255],
  [1e6, 4, -54.16342994319565],
];
const NORMAL_LOG_SF = [
  [0.1, -0.7761545927302733],
  [1, -1.8410216450092636],
  [2.9999, -6.607397916292054],
  [3, -6.607726221510349],
  [3.0001, -6.608054536023053],
  [5, -15.064998393988725],
  [38, -726.5572160188201],
  [1000, -500007.82669481216],
];
const F_LOG_SF = [
  [0.01, 3, 5, -0.0015567245196668879],
  [50, 3, 5000, -71.62551008117721],
  [1000, 2, 176, -221.29884593851597],
];

test('log gamma', () => {
  for (const [x, value] of LOG_GAMMA) expect(relative(logGamma(x), value)).toBeLessThan(1e-14);
  expect(logGamma(1)).toBeCloseTo(0, 14);
  expect(relative(logBeta(2, 3), Math.log(1 / 12))).toBeLessThan(1e-14);
});

test('log tails of t, the normal and F agree with mpmath to 1e-11, however far out', () => {
  for (const [t, dof, value] of T_LOG_SF) {
    expect(relative(tLogSf(t, dof), value)).toBeLessThan(1e-11);
  }
  for (const [z, value] of NORMAL_LOG_SF) {
    expect(relative(normalLogSf(z), value)).toBeLessThan(1e-12);
  }
  for (const [f, numerator, denominator, value] of F_LOG_SF) {
    expect(relative(fLogSf(f, { numerator, denominator }), value)).toBeLessThan(1e-12);
  }
});

test('the inverse normal undoes the normal', () => {
  for (const z of [0.001, 0.7, 1, 2.9, 3.1, 12, 38, 1000]) {
    expect(relative(normalIsfOfLog(normalLogSf(z)), z)).toBeLessThan(1e-12);
  }
  for (const z of [-5, -2, -0.001]) {
    expect(relative(normalIsfOfLog(normalLogSf(z)), z)).toBeLessThan(1e-9);
  }
  expect(normalIsf(0.5)).toBeCloseTo(0, 15);
  expect(normalIsf(0)).toBe(Number.POSITIVE_INFINITY);
  expect(normalIsf(1)).toBe(Number.NEGATIVE_INFINITY);
});

test('z of t is odd, 0 at 0, and grows with t where nilearn has long been clipped', () => {
  expect(zOfT(0, 20)).toBe(0);
  expect(zOfT(-4.2, 20)).toBe(-zOfT(4.2, 20));
  expect(zOfT(60, 5000)).toBeGreaterThan(zOfT(40, 5000));
  expect(zOfT(Number.POSITIVE_INFINITY, 10)).toBe(Number.POSITIVE_INFINITY);
});

// nilearn clips p at 1e-300 and at 1 - 1e-16 before it takes z, and its p is no normal double below
// 1e-307: rows beyond those lines hold the clip, not the tail.
test('t and F to p and z agree with nilearn wherever it does not clip', () => {
  const rows = table('tails.tsv');
  let compared = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = rows.number('value')[i];
    const p = rows.number('p')[i];
    const z = rows.number('z')[i];
    const numerator = rows.number('dfn')[i];
    const denominator = rows.number('dfd')[i];
    if (Math.abs(z) > 37) continue;
    const isT = rows.text('stat')[i] === 't';
    const dof = { numerator, denominator };
    const ourP = isT ? tSf(value, denominator) : Math.exp(fLogSf(value, dof));
    const ourZ = isT ? zOfT(value, denominator) : zOfF(value, dof);
    expect(relative(ourP, p)).toBeLessThan(1e-11);
    expect(relative(ourZ, z)).toBeLessThan(1e-9);
    compared++;
  }
  expect(compared).toBeGreaterThan(100);
});
