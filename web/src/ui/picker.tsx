import { type ReactNode, Suspense, useRef, useState } from "react";
import classes from "./picker.module.css";

/**
 * A button that opens a list to choose from (see pick-list.tsx, which is loaded when it is needed).
 * The focus comes back to the button when the list closes.
 */
export function Picker({
  label,
  title,
  className = "",
  isDisabled = false,
  list,
  children,
}: {
  /** What the button is called, with what is chosen. */
  label: string;
  title?: string;
  className?: string | undefined;
  isDisabled?: boolean;
  list: (close: () => void) => ReactNode;
  children: ReactNode;
}) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  // A press on the button closes the list before it becomes a click, which would open it again.
  const wasOpen = useRef<boolean | null>(null);

  return (
    <span className={classes.picker}>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        title={title}
        disabled={isDisabled}
        onPointerDown={() => {
          wasOpen.current = isOpen;
        }}
        onClick={() => {
          setOpen(!(wasOpen.current ?? isOpen));
          wasOpen.current = null;
        }}
      >
        {children}
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          {list(() => {
            setOpen(false);
            if (isFocusFree()) {
              button.current?.focus({ preventScroll: true });
            }
          })}
        </Suspense>
      )}
    </span>
  );
}

/** Whoever pressed something else goes on from there. */
function isFocusFree(): boolean {
  const active = document.activeElement;
  return active === null || active === document.body || active.closest("[data-pick-list]") !== null;
}
