import { IconFileUpload } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";
import classes from "./file-drop.module.css";

/** A place to choose a file at, or several, or to drop them on; `onFile` is told of each. */
export function FileDrop({
  accept,
  label,
  hint,
  isMultiple = false,
  onFile,
}: {
  accept: string;
  label: string;
  hint: string;
  isMultiple?: boolean;
  onFile: (file: File) => void;
}) {
  const input = useRef<HTMLInputElement>(null);
  // Leaving a child of the place is told like leaving the place.
  const depth = useRef(0);
  const [isOver, setOver] = useState(false);

  function drop(event: DragEvent) {
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    tell(event.dataTransfer.files);
  }

  function tell(files: FileList | null) {
    for (const file of [...(files ?? [])].slice(0, isMultiple ? undefined : 1)) {
      onFile(file);
    }
  }

  return (
    <>
      <button
        type="button"
        className={classes.place}
        data-over={isOver}
        onClick={() => input.current?.click()}
        onDragEnter={(event) => {
          event.preventDefault();
          depth.current += 1;
          setOver(true);
        }}
        onDragOver={(event) => event.preventDefault()}
        onDragLeave={() => {
          depth.current -= 1;
          setOver(depth.current > 0);
        }}
        onDrop={drop}
      >
        <IconFileUpload size={30} stroke={1.5} aria-hidden />
        <span className={classes.label}>{label}</span>
        <span className={classes.hint}>{hint}</span>
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={isMultiple}
        onChange={(event) => {
          tell(event.currentTarget.files);
          // The same file may be chosen again, after it was mended.
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
