/** One row of an events file. Times in seconds from the run's first volume. */
export interface Event {
  readonly onset: number;
  readonly duration: number;
  readonly trialType: string;
  /** The prompt the event presents; absent in data that has none. */
  readonly prompt?: string;
  /** Amplitude of the regressor; 1 when absent. */
  readonly modulation?: number;
}
