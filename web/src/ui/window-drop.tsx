import { type ReactNode, useEffect, useRef, useState } from "react";
import classes from "./window-drop.module.css";

/**
 * Takes files that are dropped anywhere on the page, but for places that take them themselves;
 * shows what is in it while files are held over the page.
 */
export function WindowDrop({
  onFiles,
  children,
}: {
  onFiles: (files: File[]) => void;
  children: ReactNode;
}) {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;

  useEffect(() => {
    const over = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files")) {
        // A place of its own has said so already.
        setOver(!event.defaultPrevented);
        event.preventDefault();
      }
    };
    const leave = (event: DragEvent) => {
      // Out of the window, not from one thing in it to the next.
      if (event.relatedTarget === null) {
        setOver(false);
      }
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      if (!event.defaultPrevented && files.length > 0) {
        event.preventDefault();
        latest.current(files);
      }
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, []);

  return isOver ? (
    <div className={classes.over} aria-hidden>
      <span className={classes.what}>{children}</span>
    </div>
  ) : null;
}
