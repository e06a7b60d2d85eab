import type { ByteTensor } from '../../files/write-safetensors.js';
import type { FedMatrix } from './feeding.js';
import type { RankedWeight } from './rank.js';

/** A mask's values beside 0: a weight that feeds a unit of the network, and one that is listed too. */
const [FEEDS, LISTED] = [1, 2];

/** A matrix's name in PyTorch: the module's path with dots, `decoder.layers.0.fc1.weight`. */
export function maskName({ module }: FedMatrix): string {
  return `${module.path.replace(/^\//, '').replaceAll('/', '.')}.weight`;
}

/**
 * The masks of one network, a matrix each, laid out as PyTorch's weights: [out, in], and
 * [number, width] where rows are looked up (torch.nn.Embedding).
 * @param first the weights of the network that are listed
 */
export function masksOf(
  network: string,
  matrices: readonly FedMatrix[],
  first: readonly RankedWeight[],
): ByteTensor[] {
  return matrices.flatMap((matrix) => {
    const own = matrix.fed.find((fed) => fed.network === network);
    if (!own) return [];
    const { inputs, units, isTable } = matrix.weights;
    const place = (unit: number, input: number) =>
      isTable ? input * units + unit : unit * inputs + input;
    const values = () => {
      const mask = new Uint8Array(inputs * units);
      for (const unit of own.at.keys()) {
        for (let input = 0; input < inputs; input++) mask[place(unit, input)] = FEEDS;
      }
      for (const ranked of first) {
        if (ranked.matrix === matrix) mask[place(ranked.unit, ranked.input)] = LISTED;
      }
      return mask;
    };
    return [{ name: maskName(matrix), shape: isTable ? [inputs, units] : [units, inputs], values }];
  });
}
