/** Three books standing on a bench: hours, shifts and sequences. */
export function LogoMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7.5" fill="#0b6159" />
      <rect x="7.5" y="7" width="4.6" height="15" rx="1.5" fill="#fffdf8" />
      <rect x="13.7" y="10.5" width="4.6" height="11.5" rx="1.5" fill="#8fd6c8" />
      <rect
        x="20.6"
        y="8.6"
        width="4.6"
        height="13.6"
        rx="1.5"
        transform="rotate(-9 22.9 15.4)"
        fill="#f3b562"
      />
      <rect x="6" y="23.6" width="20" height="2.2" rx="1.1" fill="#fffdf8" />
    </svg>
  );
}
