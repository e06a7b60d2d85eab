/** The units a contrast's threshold chose: a functional network, never the model. */
export interface NetworkSummary {
  readonly subject: string;
  readonly session: string | null;
  readonly task: string;
  /** The `acq` entity, where series of one task stand side by side: token, prompt. */
  readonly acquisition?: string;
  readonly contrast: string;
  readonly units: number;
  readonly active: number;
  readonly positive: number;
  readonly negative: number;
  /** |z| an active unit reaches; null where none does. */
  readonly threshold: number | null;
  readonly dof: number;
}

/** How far two networks of one subject's session overlap. */
export interface PairSummary {
  readonly subject: string;
  readonly session: string | null;
  readonly a: string;
  readonly b: string;
  /** Units active in both. */
  readonly both: number;
  /** Dice coefficient; null where both are empty. */
  readonly dice: number | null;
}
