import {
  Alert,
  Button,
  Group,
  Loader,
  NativeSelect,
  Progress,
  Select,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { IconFileImport, IconX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useMemo, useState } from "react";
import { newIdempotencyKey } from "@/api/client";
import { usePlace } from "@/api/me";
import { explain, isProblem } from "@/api/problem";
import { refresh } from "@/api/tabs";
import type { SessionImport } from "@/api/types";
import { byteCount } from "@/lib/bytes";
import { counted } from "@/lib/counted";
import { announce } from "@/ui/announcer";
import { FileDrop } from "@/ui/file-drop";
import { usePageTitle } from "@/ui/page-title";
import { showUndo } from "@/ui/toasts";
import { useTakeBackImport } from "./import-actions";
import { type ImportFormat, importFormats, plainlyWrong, recognisedFormat } from "./import-format";
import classes from "./import-page.module.css";
import { ImportPreview } from "./import-preview";
import {
  type DateOrder,
  type ImportOptions,
  largestImportBytes,
  sendImport,
} from "./import-queries";
import { ImportResult } from "./import-result";
import { PastImports } from "./past-imports";

const beginningBytes = 64 * 1024;

const dateOrders: { value: DateOrder; label: string }[] = [
  { value: "dmy", label: "Day first: 31.12.2026" },
  { value: "mdy", label: "Month first: 12/31/2026" },
  { value: "ymd", label: "Year first: 2026-12-31" },
];

interface Chosen {
  readonly file: File;
  /** Null where the file does not tell. */
  readonly recognised: ImportFormat | null;
}

/** Moving in: a file is chosen, tried, looked at, and only then imported. */
export function ImportPage() {
  usePageTitle("Import");
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [refusal, setRefusal] = useState<string | null>(null);
  const [done, setDone] = useState<SessionImport | null>(null);
  const takeBack = useTakeBackImport((id) => setDone((shown) => (shown?.id === id ? null : shown)));

  async function choose(file: File) {
    setDone(null);
    setChosen(null);
    if (file.size > largestImportBytes) {
      setRefusal(
        `“${file.name}” is ${byteCount(file.size)} large; one import takes up to ${byteCount(largestImportBytes)}. Export your hours a year at a time and import one file after the other.`,
      );
      return;
    }
    try {
      const bytes = new Uint8Array(await file.slice(0, beginningBytes).arrayBuffer());
      const wrong = plainlyWrong(file.name, bytes, file.size);
      setRefusal(wrong === null ? null : `“${file.name}”: ${wrong}`);
      if (wrong === null) {
        setChosen({ file, recognised: recognisedFormat(new TextDecoder().decode(bytes)) });
      }
    } catch {
      setRefusal(`“${file.name}” couldn’t be read. Is it still where it was?`);
    }
  }

  return (
    <Stack gap="xl">
      <Stack gap="md">
        <div>
          <Title order={2} size="h3">
            Import hours
          </Title>
          <Text size="sm" c="dimmed" mt={4} maw="40rem">
            Bring your history from Toggl Track, Clockify or another Benchbook. Export a{" "}
            <strong>detailed</strong> report there as CSV, and choose it here. Nothing is added
            before you have seen what would be.
          </Text>
        </div>
        {done ? (
          <ImportResult done={done} next={() => setDone(null)} />
        ) : chosen ? (
          <TryAndImport
            key={`${chosen.file.name} ${chosen.file.size} ${chosen.file.lastModified}`}
            chosen={chosen}
            leave={() => setChosen(null)}
            takeBack={takeBack.mutate}
            onDone={(result) => {
              setChosen(null);
              setDone(result);
            }}
          />
        ) : (
          <>
            <FileDrop
              accept=".csv,.txt,.tsv,text/csv"
              label="Choose a CSV file"
              hint={`or drop it here; up to ${byteCount(largestImportBytes)}`}
              onFile={(file) => void choose(file)}
            />
            {refusal && (
              <Alert color="safranin" variant="light" role="alert" maw="48rem">
                {refusal}
              </Alert>
            )}
          </>
        )}
      </Stack>
      <PastImports takeBack={takeBack} />
    </Stack>
  );
}

/** A chosen file: how it is to be read, what would come of that, and the import itself. */
function TryAndImport({
  chosen: { file, recognised },
  leave,
  takeBack,
  onDone,
}: {
  chosen: Chosen;
  leave: () => void;
  takeBack: (done: SessionImport) => void;
  onDone: (done: SessionImport) => void;
}) {
  const queryClient = useQueryClient();
  const { timeZone } = usePlace();
  const [options, setOptions] = useState<ImportOptions>({
    format: recognised ?? "toggl",
    timeZone,
    dateOrder: null,
  });
  const [asksDateOrder, setAsksDateOrder] = useState(false);
  const [sentShare, setSentShare] = useState(0);

  const trial = useQuery({
    queryKey: ["import-trial", file.name, file.size, file.lastModified, options],
    queryFn: ({ signal }) => {
      setSentShare(0);
      return sendImport({ file, options, dryRun: true, signal, onSent: setSentShare });
    },
    staleTime: 0,
    gcTime: 0,
    retry: false,
    refetchOnReconnect: false,
    refetchOnWindowFocus: false,
  });
  const isUnclear = isProblem(trial.error, "date_order_unclear");
  useEffect(() => setAsksDateOrder((before) => before || isUnclear), [isUnclear]);

  const run = useMutation({
    mutationFn: ({ key }: { key: string }) => {
      setSentShare(0);
      return sendImport({ file, options, dryRun: false, key, onSent: setSentShare });
    },
    onSuccess: async (done) => {
      announce(`Added ${done.added} sessions.`);
      onDone(done);
      showUndo(
        `Imported ${file.name}: ${counted(done.added, "session")} added.`,
        () => takeBack(done),
        "Take back",
      );
      await refresh(queryClient, "sessions", "session-imports", "projects", "clients", "tags");
    },
  });
  useWarningBeforeLeaving(run.isPending);

  /** Another way to read the file is tried at once; a failure of the way before says nothing now. */
  function change(changes: Partial<ImportOptions>) {
    run.reset();
    setOptions((before) => ({ ...before, ...changes }));
  }

  const isBusy = run.isPending || trial.isFetching;
  const preview = trial.isFetching ? undefined : trial.data;

  return (
    <Stack gap="lg" className={classes.card ?? ""}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div className={classes.file}>
          <Text fw={600} className={classes.name ?? ""}>
            {file.name}
          </Text>
          <Text size="sm" c="dimmed">
            {byteCount(file.size)}
            {recognised === null && " · who wrote it can’t be told from its columns"}
          </Text>
        </div>
        <Button
          flex="none"
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconX size={15} aria-hidden />}
          disabled={run.isPending}
          onClick={leave}
        >
          Another file
        </Button>
      </Group>

      <div className={classes.options}>
        <NativeSelect
          label="Exported by"
          data={importFormats.map(({ value, label }) => ({ value, label }))}
          value={options.format}
          disabled={run.isPending}
          onChange={(event) => {
            change({ format: event.currentTarget.value as ImportFormat });
          }}
        />
        <ZoneOfTheFile
          value={options.timeZone}
          isDisabled={run.isPending || options.format === "benchbook"}
          onChange={(zone) => change({ timeZone: zone })}
        />
        {asksDateOrder && (
          <NativeSelect
            label="Dates"
            data={[{ value: "", label: "As the file tells" }, ...dateOrders]}
            value={options.dateOrder ?? ""}
            disabled={run.isPending}
            error={isUnclear ? "Choose how they are to be read." : undefined}
            onChange={(event) => {
              const order = event.currentTarget.value;
              change({ dateOrder: order === "" ? null : (order as DateOrder) });
            }}
          />
        )}
      </div>

      {isBusy ? (
        <Sending
          what={run.isPending ? "Importing" : "Reading"}
          share={sentShare}
          isLarge={file.size > 1_000_000}
        />
      ) : run.isError ? (
        <Alert color="safranin" variant="light" role="alert" title="Nothing was imported">
          <Stack gap="sm" align="flex-start">
            <Text size="sm">{explain(run.error)}</Text>
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => run.mutate(run.variables ?? { key: newIdempotencyKey() })}
            >
              Try again
            </Button>
          </Stack>
        </Alert>
      ) : trial.isError ? (
        <Alert
          color={isUnclear ? "gray" : "safranin"}
          variant="light"
          role="alert"
          title={
            isUnclear ? "Which is the day, and which the month?" : "This can’t be imported yet"
          }
        >
          <Stack gap="sm" align="flex-start">
            <Text size="sm">{explain(trial.error)}</Text>
            {!isUnclear && (
              <Button variant="default" size="compact-sm" onClick={() => void trial.refetch()}>
                Try again
              </Button>
            )}
          </Stack>
        </Alert>
      ) : (
        preview && <ImportPreview preview={preview} fileName={file.name} />
      )}

      <Group gap="sm">
        <Button
          leftSection={<IconFileImport size={17} aria-hidden />}
          disabled={!preview || preview.added === 0 || run.isPending}
          loading={run.isPending}
          onClick={() => run.mutate({ key: newIdempotencyKey() })}
        >
          {preview && preview.added > 0
            ? `Import ${counted(preview.added, "session")}`
            : "Import sessions"}
        </Button>
        <Text size="sm" c="dimmed">
          An import can be taken back as a whole.
        </Text>
      </Group>
    </Stack>
  );
}

function Sending({ what, share, isLarge }: { what: string; share: number; isLarge: boolean }) {
  const isSent = share >= 1;
  return (
    <div role="status">
      <Group gap="sm" wrap="nowrap">
        <Loader size="sm" />
        <Text size="sm">
          {isSent || !isLarge
            ? `${what} the file …`
            : `Sending the file: ${Math.round(share * 100)} %`}
        </Text>
      </Group>
      {isLarge && (
        <Progress
          mt="sm"
          aria-label={isSent ? `${what} the file` : "Sending the file"}
          value={isSent ? 100 : share * 100}
          animated={isSent}
        />
      )}
    </div>
  );
}

/** The zone in which the file's clock times are meant. */
function ZoneOfTheFile({
  value,
  isDisabled,
  onChange,
}: {
  value: string;
  isDisabled: boolean;
  onChange: (zone: string) => void;
}) {
  const id = useId();
  const zones = useMemo(
    () => [...new Set([value, ...Intl.supportedValuesOf("timeZone"), "UTC"])],
    [value],
  );
  return (
    <Select
      id={id}
      label="Time zone of the file"
      data={zones}
      value={value}
      disabled={isDisabled}
      searchable
      allowDeselect={false}
      nothingFoundMessage="No such time zone"
      maxDropdownHeight={260}
      onChange={(zone) => zone && onChange(zone)}
    />
  );
}

function useWarningBeforeLeaving(isOn: boolean) {
  useEffect(() => {
    if (!isOn) {
      return;
    }
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [isOn]);
}
