import { describe, expect, it } from "vitest";
import { isSameName, matches } from "./search";

describe("finding names", () => {
  it("takes words in any order, case and with or without accents", () => {
    expect(matches("Réef survey · Marine Institute", "marine ree")).toBe(true);
    expect(matches("Réef survey", "REEF")).toBe(true);
    expect(matches("Reef survey", "reef genome")).toBe(false);
  });

  it("shows everything for nothing", () => {
    expect(matches("Reef survey", "  ")).toBe(true);
  });

  it("knows a name again", () => {
    expect(isSameName(" Gel ", "gel")).toBe(true);
    expect(isSameName("Gel", "Gels")).toBe(false);
  });
});
