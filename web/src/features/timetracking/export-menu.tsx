import { Button, Menu } from "@mantine/core";
import {
  IconBraces,
  IconDownload,
  IconFileSpreadsheet,
  IconFileTypeCsv,
  IconFileTypePdf,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { SessionFilters } from "@/api/types";
import classes from "./export-menu.module.css";
import type { HoursFilter } from "./queries";
import { billingSettingsQuery } from "./rate-queries";
import { type AskedRounding, roundingInForce, roundingText, writeRounding } from "./rounding";

const formats = [
  { value: "pdf", label: "PDF", hint: "a timesheet to print and sign", icon: IconFileTypePdf },
  { value: "xlsx", label: "Excel", hint: "a workbook (XLSX)", icon: IconFileSpreadsheet },
  {
    value: "csv",
    label: "CSV",
    hint: "for any spreadsheet, and to import again",
    icon: IconFileTypeCsv,
  },
  { value: "json", label: "JSON", hint: "for programs", icon: IconBraces },
] as const;

export type ExportFormat = (typeof formats)[number]["value"];

/** Everything that these filters show as a file; `what` names it (a month, a week). */
export function ExportMenu({
  query,
  what,
  rounding,
}: {
  query: HoursFilter;
  what: string;
  rounding?: AskedRounding;
}) {
  const { data: billing } = useQuery(billingSettingsQuery);
  const inForce = billing && roundingInForce(rounding, billing.rounding);

  async function start(format: ExportFormat, name: string) {
    const { exportSessions } = await import("./export-sessions");
    await exportSessions({
      query: {
        ...withoutBlanks(query),
        ...writeRounding(inForce === null ? "none" : (inForce ?? rounding)),
      },
      format,
      what: `${what} as ${name}`,
    });
  }

  return (
    <Menu position="bottom-end" width={270} withinPortal={false}>
      <Menu.Target>
        <Button
          variant="default"
          size="sm"
          className={classes.button ?? ""}
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Export {what}
          {inForce && `, each session rounded ${roundingText(inForce)}`}
        </Menu.Label>
        {formats.map(({ value, label, hint, icon: Icon }) => (
          <Menu.Item
            key={value}
            leftSection={<Icon size={18} stroke={1.6} aria-hidden />}
            onClick={() => void start(value, label)}
          >
            {label}
            <span className={classes.hint}>{hint}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function withoutBlanks(query: HoursFilter): SessionFilters {
  return Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== undefined && value !== ""),
  );
}
