type FieldType = 'uint8' | 'int16' | 'int32' | 'float32' | 'text';
type Field = readonly [offset: number, type: FieldType, count: number, name: string];

/** The NIfTI-1 header, byte by byte (nifti1.h, https://nifti.nimh.nih.gov/nifti-1). */
export const HEADER_TABLE = [
  [0, 'int32', 1, 'sizeof_hdr'],
  [4, 'text', 10, 'data_type'],
  [14, 'text', 18, 'db_name'],
  [32, 'int32', 1, 'extents'],
  [36, 'int16', 1, 'session_error'],
  [38, 'text', 1, 'regular'],
  [39, 'uint8', 1, 'dim_info'],
  [40, 'int16', 8, 'dim'],
  [56, 'float32', 1, 'intent_p1'],
  [60, 'float32', 1, 'intent_p2'],
  [64, 'float32', 1, 'intent_p3'],
  [68, 'int16', 1, 'intent_code'],
  [70, 'int16', 1, 'datatype'],
  [72, 'int16', 1, 'bitpix'],
  [74, 'int16', 1, 'slice_start'],
  [76, 'float32', 8, 'pixdim'],
  [108, 'float32', 1, 'vox_offset'],
  [112, 'float32', 1, 'scl_slope'],
  [116, 'float32', 1, 'scl_inter'],
  [120, 'int16', 1, 'slice_end'],
  [122, 'uint8', 1, 'slice_code'],
  [123, 'uint8', 1, 'xyzt_units'],
  [124, 'float32', 1, 'cal_max'],
  [128, 'float32', 1, 'cal_min'],
  [132, 'float32', 1, 'slice_duration'],
  [136, 'float32', 1, 'toffset'],
  [140, 'int32', 1, 'glmax'],
  [144, 'int32', 1, 'glmin'],
  [148, 'text', 80, 'descrip'],
  [228, 'text', 24, 'aux_file'],
  [252, 'int16', 1, 'qform_code'],
  [254, 'int16', 1, 'sform_code'],
  [256, 'float32', 3, 'quatern'],
  [268, 'float32', 3, 'qoffset'],
  [280, 'float32', 12, 'srow'],
  [328, 'text', 16, 'intent_name'],
  [344, 'text', 4, 'magic'],
  [348, 'uint8', 4, 'extension'],
] as const satisfies readonly Field[];

export type FieldName = (typeof HEADER_TABLE)[number][3];
export type FieldValues = Readonly<Partial<Record<FieldName, string | readonly number[]>>>;

/** Bytes before the first voxel: the header and four bytes that say no extension follows. */
export const HEADER_BYTES = 352;

const SIZES = { uint8: 1, int16: 2, int32: 4, float32: 4, text: 1 } as const;

/** Header bytes in little-endian order; fields not given are zero. */
export function encodeFields(values: FieldValues): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [offset, type, count, name] of HEADER_TABLE) {
    const value = values[name];
    if (value === undefined) continue;
    if (typeof value === 'string') {
      bytes.set(new TextEncoder().encode(value).subarray(0, count), offset);
      continue;
    }
    value.slice(0, count).forEach((number, index) => {
      putNumber(view, offset + index * SIZES[type], type, number);
    });
  }
  return bytes;
}

function putNumber(view: DataView, offset: number, type: FieldType, value: number): void {
  if (type === 'int16') view.setInt16(offset, value, true);
  else if (type === 'int32') view.setInt32(offset, value, true);
  else if (type === 'float32') view.setFloat32(offset, value, true);
  else view.setUint8(offset, value);
}
