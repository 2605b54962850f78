/** Collects broken invariants as sentences that begin with their number, the first twenty of them. */
export class Report {
  readonly broken: string[] = [];
  expect(holds: boolean, number: string, sentence: string): void {
    if (!holds && this.broken.length < 20) this.broken.push(`${number} ${sentence}`);
  }
}
