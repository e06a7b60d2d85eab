/** What every refusal says: what was given, what was expected, and what to do. */
export interface Refusal {
  readonly given: string;
  readonly expected: string;
  readonly todo: string;
  readonly cause?: unknown;
}

/**
 * The user's input cannot be used as it is. The command ends with exit code 2 and prints the
 * message; every other error is a fault of this program. One subclass a kind of input.
 */
export abstract class InputError extends Error {
  /** Stable, machine-readable: `events/beyond-run`. */
  readonly code: string;
  readonly given: string;
  readonly expected: string;
  readonly todo: string;

  constructor(kind: string, fault: string, refusal: Refusal) {
    super(
      `${refusal.given}. Expected: ${refusal.expected}. ${refusal.todo}`,
      'cause' in refusal ? { cause: refusal.cause } : undefined,
    );
    this.name = new.target.name;
    this.code = `${kind}/${fault}`;
    this.given = refusal.given;
    this.expected = refusal.expected;
    this.todo = refusal.todo;
  }
}

/** The same refusal, saying where it arose; what is no refusal passes unchanged. */
export function arisingIn(where: string, error: unknown): unknown {
  if (!(error instanceof InputError)) return error;
  const { given, expected, todo, code } = error;
  const Same = error.constructor as new (fault: string, refusal: Refusal) => InputError;
  return new Same(code.slice(code.indexOf('/') + 1), {
    given: `${where}: ${given}`,
    expected,
    todo,
    cause: error,
  });
}

/** A model that is not found, has no ONNX graph, or cannot be scanned. */
export class ModelError extends InputError {
  constructor(fault: string, refusal: Refusal) {
    super('model', fault, refusal);
  }
}

/** A study file, or a file it names, that does not say what it must. */
export class StudyError extends InputError {
  constructor(fault: string, refusal: Refusal) {
    super('study', fault, refusal);
  }
}

/** A file that is truncated, of another format, or does not fit its neighbours. */
export class FileError extends InputError {
  constructor(fault: string, refusal: Refusal) {
    super('file', fault, refusal);
  }
}

/** Events that do not fit the run they belong to. */
export class EventsError extends InputError {
  constructor(fault: string, refusal: Refusal) {
    super('events', fault, refusal);
  }
}

/** A design or contrast that cannot be estimated. */
export class DesignError extends InputError {
  constructor(fault: string, refusal: Refusal) {
    super('design', fault, refusal);
  }
}

/** Values that no statistic can be computed from: NaN, an empty mask. */
export class DataError extends InputError {
  constructor(fault: string, refusal: Refusal) {
    super('data', fault, refusal);
  }
}

/** A place that cannot be written to, or that already holds something. */
export class OutputError extends InputError {
  constructor(fault: string, refusal: Refusal) {
    super('output', fault, refusal);
  }
}
