import { Skeleton, Stack, Switch, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMe } from "@/api/me";
import { LoadFailure } from "@/ui/notices";
import { usePageTitle } from "@/ui/page-title";
import { useLeaveSettings } from "./catalogue-actions";
import { CatalogueCard } from "./catalogue-card";
import {
  leaveSettingsQuery,
  locationsQuery,
  positionsQuery,
  skillsQuery,
} from "./catalogue-queries";
import { ClosingCard } from "./closing-card";
import classes from "./shift-settings.module.css";

/** What a roster is planned with, and how strict it is; for managers. */
export function ShiftSettingsPage() {
  usePageTitle("Settings of shifts");
  const { person } = useMe();
  const skills = useQuery(skillsQuery);
  const positions = useQuery(positionsQuery);
  const locations = useQuery(locationsQuery);
  const lists = [skills, positions, locations];
  const failed = lists.find(({ isError, data }) => isError && data === undefined);
  if (failed) {
    return (
      <LoadFailure
        what="Skills, positions and locations"
        error={failed.error}
        retry={() => {
          for (const list of lists) {
            void list.refetch();
          }
        }}
        retrying={lists.some(({ isFetching }) => isFetching)}
      />
    );
  }
  const skillNames = new Map(skills.data?.map(({ id, name }) => [id, name]));

  return (
    <div className={classes.columns}>
      <div className={classes.column}>
        <CatalogueCard
          shelf="positions"
          one="position"
          title="Positions"
          about="What somebody does on a shift, and the skills that it takes of them."
          empty="None yet. A shift may name any position; one that is listed here can ask for skills."
          items={positions.data}
          describe={({ skill_ids = [] }) =>
            skill_ids.flatMap((id) => skillNames.get(id) ?? []).join(", ")
          }
          skills={skills.data ?? []}
        />
        <CatalogueCard
          shelf="skills"
          one="skill"
          title="Skills"
          about="What people can do. Who has which is said with the employee."
          empty="None yet. Add one such as “Cell culture” or “First aid”."
          items={skills.data}
        />
      </div>
      <div className={classes.column}>
        <CatalogueCard
          shelf="locations"
          one="location"
          title="Locations"
          about="Where people work. Days of leave and repeated shifts begin and end in the zone of the place."
          empty="None yet. Where there is one place only, there need not be any."
          items={locations.data}
          describe={({ time_zone = "" }) => time_zone.replaceAll("_", " ")}
          timeZone={person.time_zone}
        />
        <LeaveCard />
        <ClosingCard />
      </div>
    </div>
  );
}

function LeaveCard() {
  const { role } = useMe();
  const settings = useQuery(leaveSettingsQuery);
  const change = useLeaveSettings();
  const mayChange = role === "owner" || role === "admin";
  const blocks = settings.data?.data.blocks_shifts;
  return (
    <section className={classes.card} aria-label="Leave and shifts">
      <Title order={2} size="h3">
        Leave and shifts
      </Title>
      {settings.isError && settings.data === undefined ? (
        <LoadFailure
          what="The settings of leave"
          error={settings.error}
          retry={() => void settings.refetch()}
          retrying={settings.isFetching}
        />
      ) : blocks === undefined ? (
        <Skeleton height={64} mt="sm" role="status" aria-label="Loading the settings of leave" />
      ) : (
        <Stack gap="sm" mt="sm">
          {mayChange ? (
            <Switch
              label="Approved leave blocks shifts"
              description="No shift is added, moved or handed over into approved leave, and no leave is approved over shifts. What is there stays. Otherwise both are possible, and pointed out."
              checked={blocks}
              disabled={change.isPending}
              onChange={(event) =>
                change.mutate({
                  blocks: event.currentTarget.checked,
                  version: settings.data?.version ?? null,
                })
              }
            />
          ) : (
            <Text size="sm">
              {blocks
                ? "Approved leave blocks shifts: none is added, moved or handed over into it, and no leave is approved over shifts."
                : "Shifts during leave are possible, and pointed out."}{" "}
              <Text span c="dimmed" size="sm">
                Admins can change that.
              </Text>
            </Text>
          )}
        </Stack>
      )}
    </section>
  );
}
