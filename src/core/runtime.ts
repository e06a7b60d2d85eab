/** Number formats a model's weights may be stored in, in Transformers.js's words. */
export const DTYPES = ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] as const;
export type Dtype = (typeof DTYPES)[number];

/** What a model may run on, in ONNX Runtime's words. */
export const DEVICES = ['cpu', 'cuda', 'webgpu'] as const;
export type Device = (typeof DEVICES)[number];

/** The two ways to scan: texts that the model continues, and texts that it is given. */
export type Mode = 'generate' | 'read';
