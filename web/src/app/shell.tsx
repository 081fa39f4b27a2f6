import { Menu, UnstyledButton, useMantineColorScheme, VisuallyHidden } from "@mantine/core";
import {
  IconBook2,
  IconDeviceDesktop,
  IconLogout,
  IconMoon,
  IconSelector,
  IconSettings,
  IconSun,
  IconUser,
} from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useLocation } from "@tanstack/react-router";
import {
  lazy,
  type ReactNode,
  Suspense,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import { answer, api, newIdempotencyKey } from "@/api/client";
import { keptPages } from "@/api/kept-pages";
import { useMe } from "@/api/me";
import { outbox } from "@/api/outbox";
import { signInAgain } from "@/api/sign-in-again";
import { announceLogin } from "@/api/tabs";
import { TimerBar } from "@/features/timetracking/timer-bar";
import { Initials } from "@/ui/initials";
import { LogoMark } from "@/ui/logo";
import { showFailure } from "@/ui/toasts";
import { CommandCentre } from "./command-centre";
import { useLoadLater } from "./later";
import { type Book, bookAt, booksOf, firstPlace } from "./navigation";
import { NotificationBell } from "./notification-bell";
import classes from "./shell.module.css";

const TimerNotice = lazy(async () => ({
  default: (await import("@/features/timetracking/timer-notice")).TimerNotice,
}));
const SignInAgainDialog = lazy(async () => ({
  default: (await import("./sign-in-again-dialog")).SignInAgainDialog,
}));
const SignOutQuestion = lazy(async () => ({
  default: (await import("./sign-out-question")).SignOutQuestion,
}));

const colourSchemes = [
  { value: "light", label: "Light", icon: IconSun },
  { value: "dark", label: "Dark", icon: IconMoon },
  { value: "auto", label: "As the device", icon: IconDeviceDesktop },
] as const;

/** The frame around every page of a signed-in person. */
export function Shell({ children }: { children: ReactNode }) {
  const queryClient = useQueryClient();
  const me = useMe();
  const { person, role } = me;
  useLoadLater(me.modules);
  useEffect(() => {
    void outbox.open(person.id);
    return () => outbox.close();
  }, [person.id]);
  useEffect(() => {
    const left = new AbortController();
    void import("@/api/live").then(({ listenToServer }) =>
      listenToServer(queryClient, person.id, role !== "member", left.signal),
    );
    return () => left.abort();
  }, [queryClient, person.id, role]);
  const books = booksOf(me);
  const openModule = bookAt(useLocation({ select: ({ pathname }) => pathname }))?.module;
  const open = books.find(({ module }) => module === openModule);
  const hasHours = me.modules.includes("hours");
  return (
    <div className={classes.shell}>
      <a href="#content" className="skip-link">
        Skip to content
      </a>
      <header className={classes.side}>
        <Link
          to={firstPlace(me)}
          className={classes.brand ?? ""}
          aria-label="Benchbook, first page"
        >
          <LogoMark size={28} />
          <span className={classes.wordmark}>Benchbook</span>
        </Link>
        <div className={classes.tools}>
          <CommandCentre />
          <NotificationBell />
        </div>
        <nav aria-label="Main" className={classes.nav}>
          <div className={classes.books}>
            {books.map((book) => (
              <BookLinks key={book.module} book={book} isOpen={book === open} />
            ))}
          </div>
          <Link to="/settings" className={classes.link ?? ""}>
            <IconSettings size={19} stroke={1.7} aria-hidden />
            <span>Settings</span>
          </Link>
        </nav>
        <AccountMenu />
      </header>
      <div className={classes.page}>
        {hasHours && (
          <>
            <TimerBar />
            <Suspense fallback={null}>
              <TimerNotice />
            </Suspense>
          </>
        )}
        {open && <PageStrip book={open} />}
        <main id="content" tabIndex={-1} className={classes.main}>
          {children}
        </main>
      </div>
      <SignInAgain />
    </div>
  );
}

/** Nothing until a login has ended for the first time. */
function SignInAgain() {
  const isWaiting = useSyncExternalStore(signInAgain.subscribe, signInAgain.isWaiting);
  const wasAsked = useRef(false);
  wasAsked.current ||= isWaiting;
  return (
    wasAsked.current && (
      <Suspense>
        <SignInAgainDialog />
      </Suspense>
    )
  );
}

/** A book in the side bar, and beneath the open one its pages. */
function BookLinks({ book, isOpen }: { book: Book; isOpen: boolean }) {
  const Icon = book.icon;
  return (
    <>
      <Link to={book.to} className={classes.link ?? ""} {...(isOpen ? { "data-open": true } : {})}>
        <Icon size={19} stroke={1.7} aria-hidden />
        <span>{book.label}</span>
      </Link>
      {isOpen && (
        <div className={classes.pages}>
          {book.pages.map(({ to, label }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === book.to, includeSearch: false }}
              className={classes.pageLink ?? ""}
            >
              {label}
            </Link>
          ))}
        </div>
      )}
    </>
  );
}

/** The pages of the open book where the side bar has no room for them. */
function PageStrip({ book }: { book: Book }) {
  const strip = useRef<HTMLElement>(null);
  const pathname = useLocation({ select: (location) => location.pathname });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another page is another active link
  useEffect(() => {
    const active = strip.current?.querySelector<HTMLElement>("[data-status=active]");
    const frame = strip.current;
    if (active && frame) {
      frame.scrollLeft = active.offsetLeft - (frame.clientWidth - active.offsetWidth) / 2;
    }
  }, [pathname]);

  return (
    <nav ref={strip} aria-label={book.label} className={classes.strip}>
      {book.pages.map(({ to, label }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: to === book.to, includeSearch: false }}
          className={classes.stripLink ?? ""}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}

function AccountMenu() {
  const { person, organisation } = useMe();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const unsent = useSyncExternalStore(outbox.subscribe, outbox.letters).length;
  const [isAsking, setAsking] = useState(false);
  const logout = useMutation({
    networkMode: "always",
    mutationFn: () =>
      answer(api.POST("/api/v1/logout", { headers: { "Idempotency-Key": newIdempotencyKey() } })),
    onSuccess: async () => {
      await Promise.allSettled([keptPages.leave(), outbox.discardAll()]);
      signInAgain.forgetLogin();
      announceLogin("ended");
      // A fresh page holds nothing of the person who left.
      window.location.assign("/login");
    },
    onError: (error) => showFailure("You are still signed in", error),
  });

  return (
    <>
      {isAsking && (
        <Suspense>
          <SignOutQuestion
            unsent={unsent}
            isSigningOut={logout.isPending}
            onSignOut={() => logout.mutate()}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
      <Menu position="top-start" width={240} withinPortal={false}>
        <Menu.Target>
          <UnstyledButton className={classes.account ?? ""}>
            <Initials name={person.name} />
            <VisuallyHidden>Account of </VisuallyHidden>
            <span className={classes.who}>
              <span className={classes.person}>{person.name}</span>{" "}
              <span className={classes.organisation}>{organisation.name}</span>
            </span>
            <IconSelector size={16} className={classes.selector ?? ""} aria-hidden />
          </UnstyledButton>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{person.email}</Menu.Label>
          <Menu.Item
            component={Link}
            to="/settings/profile"
            leftSection={<IconUser size={16} aria-hidden />}
          >
            Profile
          </Menu.Item>
          <Menu.Item component="a" href="/docs" leftSection={<IconBook2 size={16} aria-hidden />}>
            API reference
          </Menu.Item>
          <Menu.Divider />
          <Menu.Label>Colours</Menu.Label>
          <Menu.RadioGroup
            value={colorScheme}
            onChange={(value) => setColorScheme(value as typeof colorScheme)}
          >
            {colourSchemes.map(({ value, label, icon: Icon }) => (
              <Menu.RadioItem
                key={value}
                value={value}
                closeMenuOnClick={false}
                rightSection={<Icon size={16} aria-hidden />}
              >
                {label}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconLogout size={16} aria-hidden />}
            closeMenuOnClick={false}
            disabled={logout.isPending}
            onClick={() => (outbox.letters().length > 0 ? setAsking(true) : logout.mutate())}
          >
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
