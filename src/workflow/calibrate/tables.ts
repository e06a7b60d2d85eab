import type { TableKind } from '../../files/described-table.js';
import type { NullRow, PowerRow } from './measure.js';

export const NULL_TABLE: TableKind<NullRow> = {
  description:
    'What each method calls active where prompts of one condition were labelled at random',
  columns: [
    { name: 'method', description: 'Sample and noise model', of: (row) => row.method },
    {
      name: 'default',
      description: "1 for boldbridge's own default",
      of: (row) => Number(row.isDefault),
    },
    { name: 'labellings', description: 'Random labellings', of: (row) => row.labellings },
    {
      name: 'false_positives',
      description:
        'Share of units with p at or below the nominal rate, two-sided; mean over labellings',
      of: (row) => row.falsePositives,
    },
    { name: 'se', description: 'Its standard error', of: (row) => row.standardError },
    {
      name: 'sd',
      description: 'Its sd over labellings: units are correlated, single labellings vary',
      of: (row) => row.sd,
    },
    {
      name: 'family_wise',
      description: 'Share of labellings with any unit above the Bonferroni threshold',
      of: (row) => row.familyWise,
    },
    { name: 'family_wise_se', description: 'Its standard error', of: (row) => row.familyWiseError },
    {
      name: 'any_discovery',
      description: 'Share of labellings with any unit above the FDR threshold',
      of: (row) => row.anyDiscovery,
    },
    {
      name: 'p_histogram',
      description: 'Share of p in each of 100 equal bins from 0 to 1, with commas between',
      of: (row) => row.histogram.map((share) => share.toPrecision(4)).join(','),
    },
  ],
};

export const POWER_TABLE: TableKind<PowerRow> = {
  description: 'What each method finds of effects planted in a tenth of the units (FDR)',
  columns: [
    { name: 'method', description: 'Sample and noise model', of: (row) => row.method },
    {
      name: 'labellings',
      description: 'Random labellings and plants',
      of: (row) => row.labellings,
    },
    {
      name: 'sensitivity',
      description: 'Share of planted units found',
      of: (row) => row.sensitivity,
    },
    {
      name: 'specificity',
      description: 'Share of other units not found',
      of: (row) => row.specificity,
    },
    {
      name: 'false_discoveries',
      description: 'Share of the units found that were not planted',
      of: (row) => row.falseDiscoveries,
    },
    {
      name: 'area_under_roc',
      description: 'Chance that a planted unit has the larger |z| than another',
      of: (row) => row.areaUnderRoc,
    },
  ],
};
