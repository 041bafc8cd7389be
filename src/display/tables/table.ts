/** A table before it is written down: as text, Markdown or HTML. */
export interface Table {
  /** The name of each column. */
  readonly header: readonly string[];
  /** How many columns, from the left, hold names and not figures. @default 1 */
  readonly names?: number;
  /** As many cells each as the header has; the first of each row names it. */
  readonly rows: readonly (readonly string[])[];
}

/** A table that stands in a page under a title. */
export interface TitledTable extends Table {
  /** Its heading. */
  readonly title: string;
  /** What the figures mean. */
  readonly note: string;
}
