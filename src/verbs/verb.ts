import type { Option } from 'commander';
import type { Progress } from '../core/progress.js';

/** What a verb is given. */
export interface Call<Options> {
  /** Arguments in their order; undefined where an optional one is left out. */
  readonly args: readonly (string | undefined)[];
  readonly options: Options & CommonOptions;
  readonly progress: Progress;
  /** The command as it was typed, for the record. */
  readonly command: string;
}

/** Options every verb has. */
export interface CommonOptions {
  readonly force: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** A command, as data: src/cli.ts makes the program from the list of them. */
export interface Verb<Options = never, Result = unknown> {
  readonly name: string;
  readonly summary: string;
  /** `<required>` or `[optional]`, with what it is. */
  readonly args: readonly (readonly [name: string, description: string])[];
  readonly options: readonly Option[];
  readonly example: string;
  /** Loads its workflow itself, so that no command waits for what another needs. */
  run(call: Call<Options>): Promise<Result>;
  /** The result for people to read. */
  show(result: Result): string;
}
