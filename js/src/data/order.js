// The order of rows as the server's database has it, so that both end with the same array.

/**
 * A comparison of rows by `order`: a key, `"-key"` for descending, a list of them, or a comparison of your own. It always
 * ends in the primary key, as the server's does: without a last word, rows that are equal in all keys would stand in any
 * order.
 */
export function orderBy(order = []) {
  const compare = typeof order === 'function' ? order : byKeys([order].flat());
  return (a, b) => compare(a, b) || compareValues(a.id, b.id);
}

function byKeys(keys) {
  const terms = keys.map((key) => (key.startsWith('-') ? { key: key.slice(1), sign: -1 } : { key, sign: 1 }));
  return (a, b) => {
    for (const { key, sign } of terms) {
      const found = compareValues(a[key], b[key]);
      if (found !== 0) return sign * found;
    }
    return 0;
  };
}

/**
 * Compares two values of one column. NULL is the smallest: first when ascending, last when descending, which is what the
 * server writes into its ORDER BY. Text goes by code point.
 */
export function compareValues(a, b) {
  if (a === b) return 0;
  const [rankA, rankB] = [rank(a), rank(b)];
  if (rankA !== rankB) return rankA - rankB;
  if (typeof a === 'string') return compareText(a, b);
  if (typeof a === 'object') return compareText(JSON.stringify(a), JSON.stringify(b));
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

// Kinds never mix within a column; if a page mixes them all the same, the order is still a total one.
function rank(value) {
  if (value === null || value === undefined) return 0;
  return { boolean: 1, number: 2, string: 3 }[typeof value] ?? 4;
}

/**
 * By code point, which is also the order of the UTF-8 bytes that the database compares. JavaScript's own `<` compares
 * UTF-16 units and puts an emoji (two surrogates, from D800) before U+FF01, and `localeCompare` depends on where the
 * reader lives.
 */
export function compareText(a, b) {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const [unitA, unitB] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (unitA !== unitB) return lifted(unitA) - lifted(unitB);
  }
  return a.length - b.length;
}

// Surrogates stand for code points above U+FFFF, so they are lifted over the units E000 to FFFF.
function lifted(unit) {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x2800 : unit;
}
