import classes from "./initials.module.css";

/** The first letters of a person's name, where a picture would be. */
export function Initials({ name }: { name: string }) {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("");
  return (
    <span className={classes.initials} aria-hidden>
      {letters.toLocaleUpperCase()}
    </span>
  );
}
