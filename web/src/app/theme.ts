import type {
  ActionIconProps,
  BadgeProps,
  ButtonProps,
  CSSVariablesResolver,
  InputWrapperProps,
  MantineColorsTuple,
  MantineThemeOverride,
  MenuProps,
  NativeSelectProps,
  PasswordInputProps,
  SelectProps,
  SkeletonProps,
  TagsInputProps,
  TextInputProps,
  TooltipProps,
} from "@mantine/core";

/** The ink of the house, a deep viridian. */
const viridian: MantineColorsTuple = [
  "#e9f5f2",
  "#d3e8e3",
  "#a9d3ca",
  "#7bbcaf",
  "#52a696",
  "#349283",
  "#1d8073",
  "#0b6e63",
  "#0b6159",
  "#064f49",
];

/** A dye for what stops and what deletes. */
const safranin: MantineColorsTuple = [
  "#fdeeea",
  "#f8dad3",
  "#efb4a7",
  "#e58d79",
  "#dc6c53",
  "#d0563c",
  "#bf4a32",
  "#ad3d28",
  "#973322",
  "#80291b",
];

/** Greys with the warmth of paper in the light … */
const gray: MantineColorsTuple = [
  "#faf8f4",
  "#f3f0ea",
  "#e8e4db",
  "#dbd6ca",
  "#c6c0b3",
  "#a8a398",
  "#7f7c74",
  "#5a5e5f",
  "#3b4245",
  "#1e2427",
];

/** … and the cool of slate in the dark. */
const dark: MantineColorsTuple = [
  "#e6e4de",
  "#c3c5c3",
  "#a0a6a7",
  "#70787b",
  "#3a4347",
  "#2f373b",
  "#252c30",
  "#1b2124",
  "#15191c",
  "#101416",
];

export const theme: MantineThemeOverride = {
  colors: { viridian, safranin, gray, dark },
  primaryColor: "viridian",
  primaryShade: { light: 7, dark: 6 },
  black: "#1e2427",
  defaultRadius: "md",
  autoContrast: false,
  cursorType: "pointer",
  fontFamily: '"Inter Variable", system-ui, -apple-system, "Segoe UI", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8438rem", md: "0.9375rem", lg: "1.0625rem", xl: "1.25rem" },
  headings: {
    fontFamily: '"Source Serif 4 Variable", Georgia, "Times New Roman", serif',
    fontWeight: "600",
    sizes: {
      h1: { fontSize: "1.75rem", lineHeight: "1.2" },
      h2: { fontSize: "1.25rem", lineHeight: "1.3" },
      h3: { fontSize: "1.0625rem", lineHeight: "1.35" },
    },
  },
  respectReducedMotion: true,
  // By their names: to speak of a component must not load it with the first page.
  components: {
    ActionIcon: byDefault<ActionIconProps>({ variant: "subtle", color: "gray" }),
    Badge: byDefault<BadgeProps>({ tt: "none", fw: 600 }),
    Button: byDefault<ButtonProps>({ loaderProps: { type: "dots" } }),
    InputWrapper: byDefault<InputWrapperProps>({
      styles: { label: { fontWeight: 550, marginBottom: 4 }, description: { marginBottom: 6 } },
    }),
    Menu: byDefault<MenuProps>({ shadow: "md", withInitialFocusPlaceholder: false }),
    NativeSelect: byDefault<NativeSelectProps>({ size: "sm" }),
    PasswordInput: byDefault<PasswordInputProps>({
      visibilityToggleButtonProps: { "aria-label": "Show what is typed" },
    }),
    Select: byDefault<SelectProps>({ size: "sm" }),
    Skeleton: byDefault<SkeletonProps>({ radius: "sm" }),
    TagsInput: byDefault<TagsInputProps>({ size: "sm" }),
    TextInput: byDefault<TextInputProps>({ size: "sm" }),
    Tooltip: byDefault<Partial<TooltipProps>>({ openDelay: 400, withArrow: true }),
  },
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    "--bb-content-width": "62rem",
    "--bb-side-width": "14.5rem",
  },
  light: {
    "--mantine-color-gray-light-color": "#3b4245",
    "--mantine-color-viridian-light-color": "#0b6159",
    "--mantine-color-body": "#f8f6f1",
    "--mantine-color-text": "#1e2427",
    "--mantine-color-dimmed": "#5a5e5f",
    "--mantine-color-placeholder": "#6d7071",
    "--mantine-color-default": "#fffefb",
    "--mantine-color-default-hover": "#f6f3ec",
    "--mantine-color-default-border": "#dbd6ca",
    "--mantine-color-error": "#ad3d28",
    "--mantine-color-anchor": "#0b6159",
    "--bb-surface": "#fffefb",
    "--bb-sunken": "#f1eee6",
    "--bb-side": "#f1eee6",
    "--bb-line": "#e8e4db",
    "--bb-line-strong": "#dbd6ca",
    "--bb-hover": "#f7f4ed",
    "--bb-accent": "#0b6e63",
    "--bb-accent-text": "#0b6159",
    "--bb-accent-soft": "#e3f0ec",
    "--bb-stop": "#ad3d28",
    "--bb-bar": "#7bbcaf",
    "--bb-grid": "rgb(11 97 89 / 4.5%)",
    "--bb-grid-strong": "rgb(11 97 89 / 9%)",
    "--bb-shadow": "0 1px 2px rgb(40 34 20 / 5%), 0 6px 20px -8px rgb(40 34 20 / 10%)",
  },
  dark: {
    "--mantine-color-safranin-light": "rgb(208 86 60 / 15%)",
    "--mantine-color-safranin-light-hover": "rgb(208 86 60 / 22%)",
    "--mantine-color-safranin-light-color": "#f0937e",
    "--mantine-color-viridian-light-color": "#7bcbbd",
    "--mantine-color-gray-light-color": "#c3c5c3",
    "--mantine-color-body": "#15191c",
    "--mantine-color-text": "#e6e4de",
    "--mantine-color-dimmed": "#a0a6a7",
    "--mantine-color-placeholder": "#8b9294",
    "--mantine-color-default": "#1b2124",
    "--mantine-color-default-hover": "#232a2e",
    "--mantine-color-default-border": "#3a4347",
    "--mantine-color-error": "#f0937e",
    "--mantine-color-anchor": "#7bcbbd",
    "--bb-surface": "#1b2124",
    "--bb-sunken": "#111517",
    "--bb-side": "#111517",
    "--bb-line": "#283034",
    "--bb-line-strong": "#3a4347",
    "--bb-hover": "#20272b",
    "--bb-accent": "#349283",
    "--bb-accent-text": "#7bcbbd",
    "--bb-accent-soft": "#17302d",
    "--bb-stop": "#bf4a32",
    "--bb-bar": "#2f8477",
    "--bb-grid": "rgb(123 203 189 / 3.5%)",
    "--bb-grid-strong": "rgb(123 203 189 / 7%)",
    "--bb-shadow": "0 1px 2px rgb(0 0 0 / 30%), 0 8px 24px -10px rgb(0 0 0 / 50%)",
  },
});

function byDefault<Props>(defaultProps: Props) {
  return { defaultProps };
}
