/** Colours that people chose, shown so that they can be told from the page in light and in dark. */

/** What a project may be drawn in; every one of them is legible on both surfaces as it is. */
export const palette = [
  "#1c7ed6",
  "#0c8599",
  "#2b8a3e",
  "#5c940d",
  "#b8720a",
  "#d9480f",
  "#e03131",
  "#d6336c",
  "#ae3ec9",
  "#7950f2",
  "#7c6f64",
  "#66788a",
] as const;

/** Relative luminances (WCAG) between which a colour has 3:1 to the light and the dark surface. */
const darkestOnDark = 0.15;
const lightestOnLight = 0.29;

export interface LegibleColour {
  readonly light: string;
  readonly dark: string;
}

/** The colour for each scheme: as it is where it has contrast enough, else darker or lighter. */
export function legible(colour: string): LegibleColour {
  const channels = channelsOf(colour);
  return {
    light: hexOf(mixed(channels, 0, (luminance) => luminance <= lightestOnLight)),
    dark: hexOf(mixed(channels, 255, (luminance) => luminance >= darkestOnDark)),
  };
}

/** The WCAG contrast of two colours, 1 to 21. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [
    luminanceOf(channelsOf(one)),
    luminanceOf(channelsOf(other)),
  ].sort((left, right) => left - right);
  return (lighter + 0.05) / (darker + 0.05);
}

/** The colour of the palette that is used least, the first of equals. */
export function leastUsed(colours: readonly string[]): string {
  const uses = palette.map((colour) => colours.filter((used) => used === colour).length);
  return palette[uses.indexOf(Math.min(...uses))] ?? palette[0];
}

type Channels = readonly [number, number, number];

/** Mixes with black (0) or white (255) as little as is needed. */
function mixed(channels: Channels, target: number, isEnough: (luminance: number) => boolean) {
  for (let share = 0; share < 1; share += 0.02) {
    const [red, green, blue] = channels;
    const mix = [red, green, blue].map((channel) =>
      Math.round(channel + (target - channel) * share),
    ) as unknown as Channels;
    if (isEnough(luminanceOf(mix))) {
      return mix;
    }
  }
  return [target, target, target] as const;
}

function luminanceOf([red, green, blue]: Channels): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function linear(channel: number): number {
  const share = channel / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

function channelsOf(colour: string): Channels {
  const number = Number.parseInt(colour.slice(1), 16);
  return [(number >> 16) & 255, (number >> 8) & 255, number & 255];
}

function hexOf(channels: Channels): string {
  return `#${channels.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}
