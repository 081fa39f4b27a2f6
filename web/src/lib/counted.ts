/** A number of things: `1 session`, `1,234 sessions`. */
export function counted(number: number, what: string): string {
  return `${number.toLocaleString("en-GB")} ${what}${number === 1 ? "" : "s"}`;
}
