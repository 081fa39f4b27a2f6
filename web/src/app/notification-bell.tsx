/** Says in the frame of every page how much one was told that one has not read yet. */
import { Popover, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconBell } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { answer, api } from "@/api/client";
import { useCommands } from "@/lib/commands";
import { announce } from "@/ui/announcer";
import classes from "./notification-bell.module.css";

const NotificationList = lazy(async () => ({
  default: (await import("./notification-list")).NotificationList,
}));

const unreadQuery = queryOptions({
  queryKey: ["notifications", "unread"],
  queryFn: async ({ signal }) =>
    (await answer(api.GET("/api/v1/notifications", { signal, params: { query: { limit: 1 } } })))
      .unread_count,
});

export function NotificationBell() {
  const unread = useQuery(unreadQuery).data ?? 0;
  const [isOpen, setOpen] = useState(false);
  const [isFollowed, setFollowed] = useState(false);
  const before = useRef<number | null>(null);

  useCommands([
    {
      id: "notifications",
      group: "Go to",
      label: "Notifications",
      words: "bell news unread told",
      keys: "g n",
      run: open,
    },
  ]);

  useEffect(() => {
    if (before.current !== null && unread > before.current) {
      announce(`${unread} unread ${unread === 1 ? "notification" : "notifications"}`);
    }
    before.current = unread;
  }, [unread]);

  function open() {
    setFollowed(false);
    setOpen(true);
  }

  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-start"
      width={380}
      shadow="md"
      radius="lg"
      trapFocus
      // Whoever followed a line is where it leads to.
      returnFocus={!isFollowed}
      withinPortal
      zIndex={310}
    >
      <Popover.Target>
        <UnstyledButton
          className={classes.bell ?? ""}
          title="Notifications"
          onClick={() => (isOpen ? setOpen(false) : open())}
        >
          <IconBell size={18} stroke={1.7} aria-hidden />
          <VisuallyHidden>Notifications</VisuallyHidden>
          {unread > 0 && (
            <span className={classes.count}>
              <span aria-hidden>{unread > 99 ? "99+" : unread}</span>
              <VisuallyHidden>, {unread} unread</VisuallyHidden>
            </span>
          )}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown ?? ""} aria-label="Notifications">
        <Suspense fallback={<div className={classes.waiting} />}>
          <NotificationList
            unread={unread}
            onFollow={(hash) => {
              setFollowed(true);
              setOpen(false);
              // What is not on this page takes the focus itself, once it is there.
              document.getElementById(hash ?? "content")?.focus();
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
