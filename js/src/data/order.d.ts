/** A comparison of two rows: below 0, 0, or above. */
export type Compare<Data = any> = (a: Data, b: Data) => number;

/**
 * A key, `"-key"` for descending, a list of them, or a comparison of your own. The last is needed for columns whose text
 * does not sort as their value does: a decimal travels as text, and `"10.5"` is before `"9.5"`.
 */
export type Order<Data = any> = string | string[] | Compare<Data>;

/** As {@link Order}, of rows whose fields are known: by those that hold a text, a number or a boolean. */
export type OrderOfRows<Data> = OrderKey<Data> | readonly OrderKey<Data>[] | Compare<Data>;

/** A field of a row to sort by, or with a `-` before it. */
export type OrderKey<Data> = SortedField<Data> | `-${SortedField<Data>}`;

type SortedField<Data> = {
  [Field in keyof Data & string]-?: NonNullable<Data[Field]> extends string | number | boolean ? Field : never;
}[keyof Data & string];

/** The comparison that `order` describes, ending in the primary key. */
export function orderBy<Data = any>(order?: Order<Data>): Compare<Data>;

/**
 * Compares two values as the server's database does: null is the smallest, false is before true, numbers by size, text by
 * code point.
 */
export function compareValues(a: unknown, b: unknown): number;

/** Compares two texts by code point, whatever the language of the reader. */
export function compareText(a: string, b: string): number;
