/** Collects broken invariants as sentences that begin with their number, the first twenty of them. */
export class Findings {
  readonly broken: string[] = [];

  expect(holds: boolean, number: string, sentence: string): void {
    if (!holds && this.broken.length < 20) this.broken.push(`${number} ${sentence}`);
  }

  /** Runs checks whose links may lead nowhere: what stops them half-way is a finding under the first of their numbers. */
  section(number: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      this.expect(false, number, `cannot be followed to its end: ${(error as Error).message}`);
    }
  }
}
