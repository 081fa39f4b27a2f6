import { expect, test } from "vitest";
import { amountText, currencyName, rateText, readRate } from "./money";

test("writes amounts in the digits of their currency", () => {
  expect(amountText("1250.5", "EUR", "en-GB")).toBe("€1,250.50");
  expect(amountText("1250", "JPY", "en-GB")).toBe("JP¥1,250");
});

test("writes rates with as many digits as they have", () => {
  expect(rateText("85.50", "EUR", "en-GB")).toBe("€85.50");
  expect(rateText("85.1275", "EUR", "en-GB")).toBe("€85.1275");
});

test("reads rates as people type them", () => {
  expect(readRate("85")).toBe("85");
  expect(readRate(" 85,5 ")).toBe("85.5");
  expect(readRate("1 250.50")).toBe("1250.50");
  for (const nonsense of ["", "-5", "1.250,50", "85.12345", "1e3", "eighty"]) {
    expect(readRate(nonsense)).toBeNull();
  }
});

test("names currencies", () => {
  expect(currencyName("EUR", "en-GB")).toBe("Euro");
  expect(currencyName("XQX", "en-GB")).toBeNull();
  expect(currencyName("eu", "en-GB")).toBeNull();
});
