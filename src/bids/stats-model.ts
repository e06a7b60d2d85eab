import { z } from 'zod';
import { FileError } from '../core/errors.js';
import { checkGraph } from './stats-model-graph.js';
import { HRF_MODELS, Instruction } from './transformations-schema.js';

/** A variable's name or pattern; 1 is the intercept. */
const Variable = z.union([z.string().min(1), z.literal(1)]);

/** What boldbridge reads below `Model.Software`; bids-templates/models/README.md describes it. */
const Software = z.strictObject({
  inference: z.enum(['prompts', 'mixed', 'cluster', 'volumes']).optional(),
  noise: z
    .string()
    .regex(/^(ols|ar[1-9]|arma)$/, "expected 'ols', 'ar1' to 'ar9', or 'arma'")
    .optional(),
  driftOrder: z.int().min(0).optional(),
  censor: z.array(z.string()).optional(),
  broken: z.enum(['refuse', 'mask']).optional(),
  sliceTimeRef: z.number().optional(),
  permutations: z.int().min(1).optional(),
  seed: z.int().min(0).optional(),
});

const Model = z.strictObject({
  Type: z.enum(['glm', 'meta', 'Glm', 'Meta']),
  X: z.array(Variable).min(1),
  HRF: z
    .strictObject({
      Variables: z.array(z.string()),
      Model: z.enum(HRF_MODELS),
      Parameters: z.strictObject({ FIRDelays: z.array(z.int().min(0)).optional() }).optional(),
    })
    .optional(),
  Options: z.strictObject({ HighPassFilterCutoffHz: z.number().positive().optional() }).optional(),
  Software: z.looseObject({ boldbridge: Software.optional() }).optional(),
  Description: z.string().optional(),
});

const Weight = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+\/[1-9]\d*$/, "expected a number or a fraction such as '-1/2'")
    .transform((text) => {
      const [top, bottom] = text.split('/').map(Number);
      return top / bottom;
    }),
]);

const Contrast = z.discriminatedUnion('Test', [
  z.strictObject({
    Name: z.string().min(1),
    ConditionList: z.array(Variable).min(1),
    Weights: z.array(Weight),
    Test: z.literal('t'),
  }),
  z.strictObject({
    Name: z.string().min(1),
    ConditionList: z.array(Variable).min(1),
    Weights: z.array(z.array(Weight)).min(1), // [tests, conditions]
    Test: z.literal('F'),
  }),
]);

const Dummies = z.strictObject({
  Test: z.literal('t'),
  Contrasts: z.array(Variable).optional(),
});

/** BIDS's entities by which outputs may be grouped, in the model's words. */
export const GROUPS = {
  subject: 'sub',
  session: 'ses',
  task: 'task',
  acquisition: 'acq',
  ceagent: 'ce',
  reconstruction: 'rec',
  direction: 'dir',
  run: 'run',
} as const;
export type Group = keyof typeof GROUPS;
const GroupBy = z.enum([...(Object.keys(GROUPS) as Group[]), 'contrast']);

const Node = z.strictObject({
  Level: z
    .string()
    .transform((text) => `${text.charAt(0).toUpperCase()}${text.slice(1).toLowerCase()}`)
    .pipe(z.enum(['Run', 'Session', 'Subject', 'Dataset'])),
  Name: z.string().min(1),
  GroupBy: z.array(GroupBy),
  Transformations: z
    .strictObject({ Transformer: z.string(), Instructions: z.array(Instruction) })
    .optional(),
  Model,
  Contrasts: z.array(Contrast).optional(),
  DummyContrasts: z.union([Dummies, z.literal(false)]).optional(),
  Description: z.string().optional(),
});

const Filter = z.partialRecord(GroupBy, z.array(z.union([z.string(), z.number()])));

const StatsModelFile = z.strictObject({
  Name: z.string().min(1),
  BIDSModelVersion: z.string().regex(/^1\./, 'expected version 1'),
  Description: z.string().optional(),
  Input: z
    .partialRecord(
      z.enum(['subject', 'session', 'task', 'run']),
      z.array(z.union([z.string(), z.number()])),
    )
    .optional(),
  Nodes: z.array(Node).min(1),
  Edges: z
    .array(
      z.strictObject({
        Source: z.string(),
        Destination: z.string(),
        Filter: Filter.optional(),
      }),
    )
    .optional(),
});

export type StatsModel = z.output<typeof StatsModelFile>;
export type ModelNode = StatsModel['Nodes'][number];
export type ModelEdge = NonNullable<StatsModel['Edges']>[number];
export type ModelContrast = NonNullable<ModelNode['Contrasts']>[number];

/** `Nodes[1] 'subject', Model.X`: where in the model a fault is. */
function placeOf(path: readonly PropertyKey[], value: unknown): string {
  const [first, index, ...rest] = path;
  if (first !== 'Nodes' || typeof index !== 'number') return path.join('.') || 'the file';
  const node = (value as { Nodes?: { Name?: unknown }[] }).Nodes?.[index];
  const name = typeof node?.Name === 'string' ? ` '${node.Name}'` : '';
  return `Nodes[${index}]${name}${rest.length > 0 ? `, ${rest.join('.')}` : ''}`;
}

/**
 * A BIDS Stats Model, version 1, checked whole: keys, values, and how its nodes hang together. What
 * this program cannot do is refused by name.
 * Source: bids-standard.github.io/stats-models.
 * @throws FileError `file/stats-model`, naming node and key of every fault.
 */
export function parseStatsModel(value: unknown, file: string): StatsModel {
  const parsed = StatsModelFile.safeParse(value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(
      ({ path, message }) => `${placeOf(path, value)}: ${message}`,
    );
    throw new FileError('stats-model', {
      given: `${file}: ${faults.join('; ')}`,
      expected: 'a BIDS Stats Model of version 1, of what boldbridge can do',
      todo: 'Mend those keys; bids-templates/models/README.md says what is supported.',
    });
  }
  checkGraph(parsed.data, file);
  return parsed.data;
}
