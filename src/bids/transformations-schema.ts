import { z } from 'zod';

/** Haemodynamic responses by the names of Stats Models and of pybids; DoubleGamma is SPM's. */
export const HRF_MODELS = ['spm', 'glover', 'fir', 'DoubleGamma', 'FIR'] as const;

const names = z.union([z.string().transform((name) => [name]), z.array(z.string()).min(1)]);
const flag = z.union([z.boolean(), z.enum(['True', 'False']).transform((text) => text === 'True')]);
const place = { Input: names, Output: names.optional() };

const KNOWN = [
  z.strictObject({
    Name: z.literal('Filter'),
    Input: names,
    Query: z.string(),
    By: names.optional(),
  }),
  z.strictObject({ Name: z.literal('Factor'), Input: names }),
  z.strictObject({
    Name: z.literal('Convolve'),
    Input: names,
    Model: z.enum(HRF_MODELS).default('spm'),
    Derivative: flag.default(false),
    Dispersion: flag.default(false),
    FIRDelays: z.array(z.int().min(0)).min(1).optional(),
  }),
  z.strictObject({
    ...place,
    Name: z.literal('Scale'),
    Demean: flag.default(true),
    Rescale: flag.default(true),
  }),
  z.strictObject({ ...place, Name: z.literal('Demean') }),
  z.strictObject({ Name: z.literal('Select'), Input: names }),
  z.strictObject({ Name: z.literal('Rename'), Input: names, Output: names }),
  z.strictObject({
    Name: z.literal('Assign'),
    Input: names,
    Target: names,
    Output: names.optional(),
    InputAttr: z.enum(['amplitude', 'duration', 'onset']).default('amplitude'),
    TargetAttr: z.enum(['amplitude', 'duration', 'onset']).default('amplitude'),
  }),
  z.strictObject({ Name: z.literal('Product'), Input: names, Output: names }),
] as const;

/** One step of a model's transformations; those that this program lacks are refused by name. */
export const Instruction = z.discriminatedUnion('Name', KNOWN, {
  error: ({ input }) => {
    const name = (input as { Name?: unknown } | null | undefined)?.Name;
    const known = KNOWN.map(({ shape }) => shape.Name.value).join(', ');
    return `transformation '${String(name)}' is not supported; supported are ${known}`;
  },
});
export type Instruction = z.output<typeof Instruction>;
