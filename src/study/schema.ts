import { z } from 'zod';
import { DEVICES, DTYPES } from '../core/runtime.js';

const label = z.string().regex(/^[0-9a-zA-Z]+$/, 'letters and digits only, as BIDS labels are');
const promptFiles = z
  .union([z.string(), z.array(z.string()).min(1)], 'a file name or a list of file names')
  .transform((files) => [files].flat());
const patternRule = 'a glob pattern or a list of them, in quotes where one begins with ! or *';
// YAML takes an unquoted ! for a tag, which leaves an empty text.
const pattern = z.string().regex(/\S/, patternRule);
const patterns = z
  .union([pattern, z.array(pattern).min(1)], patternRule)
  .transform((given) => [given].flat());
const count = z.int().min(1);

/** A study file: what is presented to which model. The words are the field's; all times in seconds. */
export const studySchema = z.strictObject({
  name: z.string(),
  /** An embedded model's name, a folder (relative to the study file), or a Hub id (with @revision). */
  model: z.string(),
  /** Modules to record, as glob patterns (model/select.ts); all by default. */
  modules: patterns.optional(),
  /** Number format of the model's weights; by default model/dtype.ts chooses. */
  dtype: z.enum(DTYPES).optional(),
  device: z.enum(DEVICES).default('cpu'),
  subject: label,
  session: label.optional(),
  /** Seconds a volume stands for. */
  repetition_time: z.number().positive().default(1),
  /** generate: the model continues each prompt; read: it reads each, a volume for every token. */
  mode: z.enum(['generate', 'read']).default('generate'),
  /** Tokens generated per prompt: volumes. Not for read. */
  tokens: count.max(100_000).optional(),
  /** Runs per task; each uses other prompts. */
  repeats: count.max(1000).default(1),
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  sampling: z
    .strictObject({
      do_sample: z.boolean().default(true),
      temperature: z.number().positive().optional(),
      top_k: count.optional(),
      top_p: z.number().positive().max(1).optional(),
      repetition_penalty: z.number().positive().optional(),
    })
    .prefault({}),
  blocks: z.strictObject({
    pattern: z.array(z.enum(['on', 'off'])).min(2),
    cycles: count,
    /** Prompts in a block of each kind. */
    prompts: z.strictObject({ on: count, off: count }),
  }),
  /** Files of prompts on other topics, one a line, shared out among all tasks' off blocks. */
  rest: promptFiles,
  tasks: z
    .record(
      label,
      z.strictObject({
        description: z.string().optional(),
        /** Files of prompts, one a line. */
        prompts: promptFiles,
      }),
    )
    .refine((tasks) => Object.keys(tasks).length > 0, 'at least one task'),
});

/** A study as it stands in its file, defaults filled in. */
export type StudyFile = z.output<typeof studySchema>;
