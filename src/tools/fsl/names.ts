import { safeNames } from '../safe-names.js';

/** Names in a design file: Tcl would act on brackets, dollars and quotes. */
export const titles = (names: readonly string[]) =>
  safeNames(names, { unfit: /[^A-Za-z0-9 _+.<>-]/g, longest: 60 });

/** Names of files: FEAT hands them to a shell without quotes. */
export const fileNames = (names: readonly string[]) =>
  safeNames(names, { unfit: /[^A-Za-z0-9_-]/g, longest: 60 });
