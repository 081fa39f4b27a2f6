import { readableDuration } from "@/lib/duration";
import { useTargets } from "./targets";

/** The target of some days and how far what was tracked is from it; nothing without a target. */
export function TargetBalance({
  days,
  personId,
  cut,
  isRounded,
  className,
}: {
  /** The end is exclusive. */
  days: { readonly from: string; readonly to: string };
  personId: string;
  cut: "start_day" | "split";
  /** What stands beside it is rounded; this never is. */
  isRounded: boolean;
  className: string | undefined;
}) {
  const { progress } = useTargets(days.from, days.to, { personId, cut });
  const target = progress?.target_seconds ?? null;
  // What is shown while other days load would be their balance.
  if (!progress || target === null || target === 0 || progress.from !== days.from) {
    return null;
  }
  const left = target - progress.tracked_seconds;
  const whole = (seconds: number) => readableDuration(seconds - (seconds % 60));
  return (
    <p className={className}>
      {left > 0
        ? `${whole(left)} below the target of ${whole(target)}`
        : left > -60
          ? `the target of ${whole(target)} is reached`
          : `${whole(-left)} above the target of ${whole(target)}`}
      {isRounded && ", as tracked"}
    </p>
  );
}
