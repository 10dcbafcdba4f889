/** Throws unless both are equal as JSON. @param {unknown} actual @param {unknown} expected */
export function equal(actual, expected) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`expected ${b}, but got ${a}`);
}
