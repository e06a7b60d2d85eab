import * as ort from 'onnxruntime-node';
import { gateInputs } from '../../onnx/gates.js';

/** What a module's activations are multiplied by, and what is then added, unit by unit. */
export interface Gate {
  readonly scale: Float32Array; // [width]
  readonly shift: Float32Array; // [width]
}

/** A tensor that can be gated, in one pass: the axes of its values, 1 where they vary by token. */
export interface GateShape {
  readonly tensor: string;
  readonly gateShape: readonly number[];
}

/** Sets the gates of a session from the next pass on; tensors that are not named pass unchanged. */
export type SetGates = (gates: ReadonlyMap<string, Gate>) => void;

/**
 * A session of a model with gates (onnx/gates.ts) that looks like one without: the gates are fed
 * behind the caller's back. All are open at first.
 */
export function hideGates(
  session: ort.InferenceSession,
  gated: readonly GateShape[],
): { readonly session: ort.InferenceSession; readonly set: SetGates } {
  const names = new Set(gated.flatMap((_, n) => Object.values(gateInputs(n))));
  let feeds: Record<string, ort.Tensor> = {};
  const set: SetGates = (gates) => {
    feeds = Object.fromEntries(
      gated.flatMap(({ tensor, gateShape }, n) => {
        const width = gateShape.reduce((a, b) => a * b, 1);
        const gate = gates.get(tensor);
        const { scale, shift } = gateInputs(n);
        const of = (values: Float32Array) => new ort.Tensor('float32', values, gateShape);
        return [
          [scale, of(gate?.scale ?? new Float32Array(width).fill(1))],
          [shift, of(gate?.shift ?? new Float32Array(width))],
        ];
      }),
    );
  };
  set(new Map());
  const isOwn = ({ name }: { readonly name: string }) => !names.has(name);
  const hidden = {
    inputNames: session.inputNames.filter((name) => !names.has(name)),
    outputNames: session.outputNames,
    inputMetadata: session.inputMetadata.filter(isOwn),
    outputMetadata: session.outputMetadata,
    run: (own: Record<string, ort.Tensor>, ...rest: readonly unknown[]) =>
      (session.run as (...all: readonly unknown[]) => Promise<unknown>).call(
        session,
        { ...own, ...feeds },
        ...rest,
      ),
    release: () => session.release(),
    startProfiling: () => session.startProfiling(),
    endProfiling: () => session.endProfiling(),
  };
  return { session: hidden as unknown as ort.InferenceSession, set };
}
