import { Badge } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { webhooksQuery } from "./queries";
import { isInTrouble } from "./wording";

/** How many webhooks had to be switched off; nothing where none had. */
export function FailingWebhooks() {
  const { data } = useInfiniteQuery(webhooksQuery);
  const count = data?.pages.flatMap(({ items }) => items).filter(isInTrouble).length ?? 0;
  return count === 0 ? null : (
    <Badge color="safranin" size="sm" ml={6} circle={count < 10} component="span">
      <span aria-hidden>{count}</span>
      <span className="mantine-visually-hidden">{`${count} switched off after failing`}</span>
    </Badge>
  );
}
