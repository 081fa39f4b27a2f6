import type { CSSProperties } from "react";
import { legible } from "@/lib/colour";
import type { KnownProject } from "./catalogue-queries";
import classes from "./project-mark.module.css";

/** A project's colour, as a dot that can be seen in light and dark. */
export function ProjectDot({ colour }: { colour: string }) {
  const { light, dark } = legible(colour);
  const style = { "--dot-light": light, "--dot-dark": dark } as CSSProperties;
  return <span className={classes.dot} style={style} aria-hidden />;
}

/** Dot, name and client of a project. */
export function ProjectMark({
  project,
  withClient = true,
}: {
  project: Pick<KnownProject, "name" | "colour" | "clientName">;
  withClient?: boolean;
}) {
  return (
    <span className={classes.mark}>
      <ProjectDot colour={project.colour} />
      <span className={classes.name}>{project.name}</span>
      {withClient && project.clientName !== null && (
        <>
          {" "}
          <span className={classes.client}>· {project.clientName}</span>
        </>
      )}
    </span>
  );
}
