import { InputError, ModelError } from '../../core/errors.js';
import type { Device } from '../../core/runtime.js';
import { openTapped, type TappedSession } from '../../onnx/tapped.js';

/** What makes a device available that is not. */
const REMEDIES: Readonly<Record<Device, string>> = {
  cpu: 'Download or export the model again.',
  cuda: "Install onnxruntime-node's CUDA files (Linux on x64, with CUDA 12 and cuDNN 9) by `node node_modules/onnxruntime-node/script/install.js`, or use --device cpu.",
  webgpu:
    'Install a graphics driver with Vulkan (Linux), Direct3D 12 (Windows) or Metal (macOS), or use --device cpu.',
};

/**
 * Threads that wait for their share of a pass spin, which is quickest, but stop when the pass ends:
 * what is done between passes has all cores. Key of onnxruntime_session_options_config_keys.h.
 */
const BETWEEN_PASSES = { session: { force_spinning_stop: '1' } };

/**
 * Opens a tapped session on a device.
 * @throws ModelError `model/no-device` where a device other than the CPU cannot be had,
 * `model/not-opened` where ONNX Runtime cannot open the model
 */
export async function openSession(
  skeleton: Uint8Array,
  options: Parameters<typeof openTapped>[1] & { readonly device: Device },
): Promise<TappedSession> {
  const { device, ...rest } = options;
  const session = { extra: BETWEEN_PASSES, ...rest.session, executionProviders: [device] };
  return openTapped(skeleton, { ...rest, session }).catch((cause: NodeJS.ErrnoException) => {
    if (cause instanceof InputError || cause.errno !== undefined) throw cause;
    const why = `(ONNX Runtime: ${cause.message.trim()})`;
    throw device === 'cpu'
      ? new ModelError('not-opened', {
          given: `${options.file}, which cannot be opened ${why}`,
          expected: 'a whole ONNX model that ONNX Runtime can run, its weights beside it',
          todo: REMEDIES.cpu,
          cause,
        })
      : new ModelError('no-device', {
          given: `the device ${device}, on which the model cannot be opened ${why}`,
          expected: 'a device that ONNX Runtime can use here',
          todo: REMEDIES[device],
          cause,
        });
  });
}
