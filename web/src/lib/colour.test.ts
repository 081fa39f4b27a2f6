import { describe, expect, it } from "vitest";
import { contrast, leastUsed, legible, palette } from "./colour";

const lightSurface = "#fffefb";
const lightHover = "#f7f4ed";
const darkSurface = "#1b2124";

describe("colours", () => {
  it("measures contrast as WCAG does", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
    expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
  });

  it("shows any colour with 3:1 on both surfaces", () => {
    const steps = ["00", "40", "80", "bf", "ff"];
    for (const red of steps) {
      for (const green of steps) {
        for (const blue of steps) {
          const { light, dark } = legible(`#${red}${green}${blue}`);
          expect(contrast(light, lightSurface)).toBeGreaterThanOrEqual(3);
          expect(contrast(dark, darkSurface)).toBeGreaterThanOrEqual(3);
        }
      }
    }
  });

  it("leaves the palette as it is, also under the pointer", () => {
    for (const colour of palette) {
      expect(legible(colour)).toEqual({ light: colour, dark: colour });
      expect(contrast(colour, lightHover)).toBeGreaterThanOrEqual(2.8);
    }
  });

  it("keeps yellow yellow in the dark and darkens it in the light", () => {
    const { light, dark } = legible("#ffd600");
    expect(dark).toBe("#ffd600");
    expect(light).not.toBe("#ffd600");
  });

  it("offers the colour that is used least", () => {
    expect(leastUsed([])).toBe(palette[0]);
    expect(leastUsed([palette[0], palette[1], palette[0]])).toBe(palette[2]);
    expect(leastUsed([...palette, palette[0]])).toBe(palette[1]);
  });
});
