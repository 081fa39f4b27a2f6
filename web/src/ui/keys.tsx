import classes from "./keys.module.css";

/** Keys as they are pressed: `g h` is two after each other. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className={classes.keys}>
      {keys.split(" ").map((key, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same key may come twice, and none moves
        <kbd key={place} className={classes.key}>
          {key.length === 1 ? key.toUpperCase() : key}
        </kbd>
      ))}
    </span>
  );
}
