/** How long work shows itself; the command line draws it (report/progress.ts), a library may not. */
export interface Progress {
  start(what: string, size: { readonly total: number; readonly unit: string }): ProgressBar;
}

export interface ProgressBar {
  advance(by: number): void;
  finish(): void;
}
