import { Alert, Button, Group, Text } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { byteCount } from "@/lib/bytes";
import { aboutTime } from "./import-text";
import { forgetUpload, retryUpload, type Upload } from "./import-uploads";
import classes from "./imports.module.css";

/** A file on its way to the server. */
export function UploadCard({ upload }: { upload: Upload }) {
  const { id, file, state, sent, bytesPerSecond, reason } = upload;
  const left =
    bytesPerSecond === null || bytesPerSecond <= 0
      ? null
      : ((1 - sent) * file.size) / bytesPerSecond;
  return (
    <section className={classes.card} aria-label={`Sending ${file.name}`} data-live="true">
      <div className={classes.head}>
        <div>
          <div className={classes.name}>{file.name}</div>
          <Text size="sm" c="dimmed" className="tabular">
            {byteCount(file.size)}
          </Text>
        </div>
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconX size={15} aria-hidden />}
          aria-label={`${state === "refused" ? "Dismiss" : "Cancel sending"} ${file.name}`}
          onClick={() => forgetUpload(id)}
        >
          {state === "refused" ? "Dismiss" : "Cancel"}
        </Button>
      </div>
      {state === "refused" ? (
        <Alert color="safranin" variant="light" role="alert" title="Nothing was imported">
          <Text size="sm">{reason}</Text>
          <Button variant="default" size="compact-sm" mt="sm" onClick={() => retryUpload(id)}>
            Try again
          </Button>
        </Alert>
      ) : state === "broken" ? (
        <Alert color="safranin" variant="light" role="alert" title="The connection was lost">
          <Text size="sm">
            The file is sent again as soon as Benchbook can be reached. Keep this tab open until it
            has arrived.
          </Text>
          <Button variant="default" size="compact-sm" mt="sm" onClick={() => retryUpload(id)}>
            Try now
          </Button>
        </Alert>
      ) : state === "waiting" ? (
        <Text size="sm" c="dimmed">
          Waits for the file before it.
        </Text>
      ) : (
        <div>
          <progress
            className={classes.bar}
            aria-label={`Sending ${file.name}`}
            max={1}
            value={sent}
          />
          <Group gap="xs" mt={6}>
            <Text size="sm" className="tabular">
              {sent >= 1
                ? "Sent; the server looks at it …"
                : `Sending: ${Math.floor(sent * 100)} %, ${byteCount(sent * file.size)} of ${byteCount(file.size)}`}
            </Text>
            {sent < 1 && bytesPerSecond !== null && (
              <Text size="sm" c="dimmed" className="tabular">
                {byteCount(bytesPerSecond)} a second{left !== null && `, ${aboutTime(left)} left`}
              </Text>
            )}
          </Group>
        </div>
      )}
    </section>
  );
}
