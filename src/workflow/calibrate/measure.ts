import { applyThreshold, type ThresholdRule } from '../../glm/contrast/threshold.js';
import { normalSf } from '../../math/normal.js';
import type { Random } from '../../math/random.js';
import { areaUnderRoc } from '../../math/roc.js';
import { labelled, type Planted } from './labelling.js';
import { type CalibratedMethod, confoundsOf, zOf } from './methods.js';
import type { Pool } from './pool.js';

/** Equal bins of p from 0 to 1. */
export const P_BINS = 100;

/** What a method does where there is nothing to find. */
export interface NullRow {
  readonly method: string;
  readonly isDefault: boolean;
  readonly labellings: number;
  /** Units called active at the nominal rate, two-sided: mean over labellings, and its standard error. */
  readonly falsePositives: number;
  readonly standardError: number;
  /** Between labellings: units are correlated. */
  readonly sd: number;
  /** Labellings in which any unit passes: family-wise error, Bonferroni and FDR at the nominal rate. */
  readonly familyWise: number;
  readonly familyWiseError: number;
  readonly anyDiscovery: number;
  /** Share of p in each bin. */
  readonly histogram: readonly number[]; // [P_BINS]
}

/** What a method finds where effects were planted. */
export interface PowerRow {
  readonly method: string;
  readonly labellings: number;
  /** Planted units found by FDR at the nominal rate. */
  readonly sensitivity: number;
  /** Others not found. */
  readonly specificity: number;
  /** Share of the units found that were not planted. */
  readonly falseDiscoveries: number;
  readonly areaUnderRoc: number;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

const sdOf = (values: readonly number[]) => {
  const centre = mean(values);
  return Math.sqrt(values.reduce((s, v) => s + (v - centre) ** 2, 0) / (values.length - 1));
};

/** Random labels, many times. */
export async function measureNull(
  pool: Pool,
  method: CalibratedMethod,
  options: {
    readonly labellings: number;
    readonly alpha: number;
    readonly random: Random;
    readonly onLabelling: () => void;
  },
): Promise<NullRow> {
  const { labellings, alpha, random, onLabelling } = options;
  const confounds = confoundsOf(method, pool);
  const counts = new Float64Array(P_BINS);
  const [rates, families, discoveries]: [number[], number[], number[]] = [[], [], []];
  for (let n = 0; n < labellings; n++) {
    const z = await zOf(labelled(pool, random), method, confounds);
    const share = (rule: ThresholdRule) => applyThreshold({ z, rule }).count;
    rates.push(share({ method: 'fpr', alpha }) / z.length);
    families.push(share({ method: 'bonferroni', alpha }) > 0 ? 1 : 0);
    discoveries.push(share({ method: 'fdr', alpha }) > 0 ? 1 : 0);
    for (const value of z) {
      const p = 2 * normalSf(Math.abs(value));
      counts[Math.min(P_BINS - 1, Math.floor(p * P_BINS))]++;
    }
    onLabelling();
  }
  const familyWise = mean(families);
  return {
    method: method.name,
    isDefault: method.isDefault ?? false,
    labellings,
    falsePositives: mean(rates),
    standardError: sdOf(rates) / Math.sqrt(labellings),
    sd: sdOf(rates),
    familyWise,
    familyWiseError: Math.sqrt((familyWise * (1 - familyWise)) / labellings),
    anyDiscovery: mean(discoveries),
    histogram: Array.from(counts, (count) => count / (labellings * pool.units)),
  };
}

/** Effects planted in a tenth of the units, as many sd of a unit's prompt means as asked. */
export async function measurePower(
  pool: Pool,
  method: CalibratedMethod,
  options: {
    readonly labellings: number;
    readonly alpha: number;
    readonly effect: number;
    readonly random: Random;
    readonly onLabelling: () => void;
  },
): Promise<PowerRow> {
  const { labellings, alpha, effect, random, onLabelling } = options;
  const confounds = confoundsOf(method, pool);
  const sds = promptSds(pool);
  const found: Omit<PowerRow, 'method' | 'labellings'>[] = [];
  for (let n = 0; n < labellings; n++) {
    const all = Array.from({ length: pool.units }, (_, u) => u);
    const units = random.shuffle(all).slice(0, Math.max(1, Math.round(pool.units / 10)));
    const planted: Planted = { units, effect: units.map((u) => effect * sds[u]) };
    const z = await zOf(labelled(pool, random, planted), method, confounds);
    const { active } = applyThreshold({ z, rule: { method: 'fdr', alpha } });
    const own = new Set(units);
    const others = all.filter((u) => !own.has(u));
    const count = (of: readonly number[]) => of.reduce((sum, u) => sum + active[u], 0);
    const [hits, wrong] = [count(units), count(others)];
    const size = (u: number) => Math.abs(z[u]);
    found.push({
      sensitivity: hits / units.length,
      specificity: 1 - wrong / others.length,
      falseDiscoveries: hits + wrong === 0 ? 0 : wrong / (hits + wrong),
      areaUnderRoc: areaUnderRoc(units.map(size), others.map(size)),
    });
    onLabelling();
  }
  const of = (key: keyof (typeof found)[number]) => mean(found.map((own) => own[key]));
  return {
    method: method.name,
    labellings,
    sensitivity: of('sensitivity'),
    specificity: of('specificity'),
    falseDiscoveries: of('falseDiscoveries'),
    areaUnderRoc: of('areaUnderRoc'),
  };
}

/** Sd of each unit's prompt means. */
function promptSds({ prompts, units }: Pool): Float64Array {
  const means = prompts.map(({ tokens, values }) => {
    const own = new Float64Array(units);
    for (let i = 0; i < values.length; i++) own[i % units] += values[i] / tokens;
    return own;
  });
  return Float64Array.from({ length: units }, (_, u) => sdOf(means.map((own) => own[u])));
}
