/** A table before it is written down: as text, Markdown or HTML. */
export interface Table {
  /** The first cell names the column of names; the others, columns of figures. */
  readonly header: readonly string[];
  /** As many cells each as the header has; the first of each row names it. */
  readonly rows: readonly (readonly string[])[];
}

/** A table that stands in a page under a title. */
export interface TitledTable extends Table {
  readonly title: string;
  /** What the figures mean. */
  readonly note: string;
}
