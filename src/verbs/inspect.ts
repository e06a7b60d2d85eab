import { count, table } from '../report/text.js';
import type { Inspection } from '../workflow/inspect.js';
import { dtypeOption, type ModelFlags, modulesOption } from './model-options.js';
import type { Verb } from './verb.js';

export const inspect: Verb<Pick<ModelFlags, 'modules' | 'dtype'>, Inspection> = {
  name: 'inspect',
  summary: 'Show the modules and units of a model that a recording would hold.',
  args: [['<model>', 'an embedded model, a folder, or a Hub id (owner/name, owner/name@revision)']],
  options: [modulesOption, dtypeOption],
  example: 'boldbridge inspect phantom --modules "layers.*/fc1,layers.*/residual"',
  run: async ({ args: [model = ''], options: { modules, dtype }, progress }) => {
    const { inspectModel } = await import('../workflow/inspect.js');
    return inspectModel({ model, modules, dtype, progress });
  },
  show: ({ model, modules, totals }) =>
    [
      table(
        [
          ['module', 'layer', 'kind', 'width', 'first unit'],
          ...modules.map(({ path, depth, kind, width, firstUnit }) => [
            path,
            String(depth),
            kind,
            count(width),
            count(firstUnit),
          ]),
        ],
        true,
      ),
      table([
        ['model', `${model.id} (${model.revision}, ${model.dtype})`],
        ['modules', count(totals.modules)],
        ['units', count(totals.units)],
        ['bytes per volume', count(totals.bytesPerVolume)],
      ]),
    ].join('\n'),
};
