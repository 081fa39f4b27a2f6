/** Finding a few words in a name, whatever their case and accents. */

/** Whether every word of the query is somewhere in the text. */
export function matches(text: string, query: string): boolean {
  const plain = plainOf(text);
  return plainOf(query)
    .split(/\s+/)
    .every((word) => plain.includes(word));
}

/** Whether the two are the same name, but for case, accents and blanks around them. */
export function isSameName(one: string, other: string): boolean {
  return plainOf(one) === plainOf(other);
}

function plainOf(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLocaleLowerCase()
    .trim();
}
