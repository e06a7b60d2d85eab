import { InvalidArgumentError, Option } from 'commander';

/** Reads any finite number. */
export function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new InvalidArgumentError('Not a number.');
  return value;
}

/** Reads a number between two others, which are left out. */
export const within =
  (low: number, high: number) =>
  (text: string): number => {
    const value = number(text);
    if (value > low && value < high) return value;
    throw new InvalidArgumentError(`Expected a number between ${low} and ${high}.`);
  };

/** Reads a whole number, `least` or more. */
export const whole =
  (least: number) =>
  (text: string): number => {
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`Expected a whole number of ${least} or more.`);
  };

const collect = (text: string, before: readonly string[]) => [...before, text];

/** An option that may be given several times. */
export const many = (flags: string, description: string) =>
  new Option(flags, description).default([], 'none').argParser(collect);
