/**
 * Amounts as people read and type them. They come and go as decimal texts, since binary fractions
 * have no 0.10; they become numbers only to be written for reading.
 */

/** `€1,250.00`: an amount in the digits of its currency. */
export function amountText(amount: string, currency: string, locale: string): string {
  return formatter(locale, { style: "currency", currency }).format(Number(amount));
}

/** `€85.50`: what an hour costs; up to four digits where there are more than the currency's. */
export function rateText(rate: string, currency: string, locale: string): string {
  const { maximumFractionDigits = 2 } = formatter(locale, {
    style: "currency",
    currency,
  }).resolvedOptions();
  return formatter(locale, {
    style: "currency",
    currency,
    maximumFractionDigits: Math.max(4, maximumFractionDigits),
  }).format(Number(rate));
}

/** `euro`, if the currency is known by that code. */
export function currencyName(code: string, locale: string): string | null {
  if (!/^[A-Z]{3}$/.test(code)) {
    return null;
  }
  const name = new Intl.DisplayNames([locale], { type: "currency", fallback: "none" }).of(code);
  return name ?? null;
}

/** A rate as typed, `85,5` or `1 250.50`, as a decimal text; null where it is none. */
export function readRate(text: string): string | null {
  const plain = text.replace(/[\s\u00a0\u202f']/g, "").replace(",", ".");
  return /^\d{1,8}(\.\d{1,4})?$/.test(plain) ? plain : null;
}

const formatters = new Map<string, Intl.NumberFormat>();

function formatter(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const made = formatters.get(key) ?? new Intl.NumberFormat(locale, options);
  formatters.set(key, made);
  return made;
}
