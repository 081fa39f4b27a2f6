import { Button, Menu } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";

const names = { fasta: "FASTA", csv: "CSV", genbank: "GenBank", outfmt6: "BLAST table (outfmt 6)" };

export type FileFormat = keyof typeof names;

/**
 * What is shown as a file, which the browser writes to the disk as it comes. `wanted` are the
 * parameters that choose it; those without a value are left out.
 */
export function ExportMenu({
  label,
  formats,
  wanted,
}: {
  label: string;
  formats: readonly FileFormat[];
  wanted: Readonly<Record<string, string | number | undefined>>;
}) {
  return (
    <Menu position="bottom-end" width={220} withinPortal={false}>
      <Menu.Target>
        <Button
          variant="default"
          size="sm"
          flex="none"
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{label}</Menu.Label>
        {formats.map((format) => (
          <Menu.Item key={format} component="a" href={exportAddress(format, wanted)} download>
            {names[format]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function exportAddress(
  format: FileFormat,
  wanted: Readonly<Record<string, string | number | undefined>>,
): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined) {
      query.set(name, String(value));
    }
  }
  return `/api/v1/sequences/export?${query}`;
}
