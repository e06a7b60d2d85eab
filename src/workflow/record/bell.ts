/** Lets each of two sides sleep until the other did something. */
export function makeBell() {
  let ring = () => {};
  let rung = new Promise<void>((resolve) => (ring = resolve));
  return {
    wait: () => rung,
    ring() {
      ring();
      rung = new Promise<void>((resolve) => (ring = resolve));
    },
  };
}
