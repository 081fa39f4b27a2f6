import { type QueryClient, useQuery } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import { MeProvider, meQuery } from "@/api/me";
import { readCalendarChoice, readWeekChoice } from "@/features/timetracking/calendar-choice";
import type { ChecksFilter } from "@/features/timetracking/check-queries";
import type { DayLink } from "@/features/timetracking/day-section";
import { HoursPage } from "@/features/timetracking/hours-page";
import {
  isId,
  isKnownDate,
  readOverviewChoice,
  writeOverviewChoice,
} from "@/features/timetracking/overview-choice";
import type { HoursFilter } from "@/features/timetracking/queries";
import type { TimesheetsChoice } from "@/features/timetracking/timesheets-page";
import { Announcer } from "@/ui/announcer";
import { CrashPage, NotFoundPage, Splash } from "./fallback-pages";
import { OfflineBanner } from "./offline-banner";
import { Shell } from "./shell";

interface RouterContext {
  readonly queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: () => (
    <>
      <OfflineBanner />
      <Outlet />
      <Announcer />
    </>
  ),
});

/** Where one wanted to go before signing in; only addresses of our own are followed. */
interface LoginSearch {
  readonly next?: string;
}

const loginRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): LoginSearch => {
    const { next } = search;
    return typeof next === "string" && /^\/(?![/\\])/.test(next) ? { next } : {};
  },
  beforeLoad: async ({ context, search }) => {
    const [{ needed }, me] = await Promise.all([
      answer(api.GET("/api/v1/setup")),
      context.queryClient.ensureQueryData(meQuery),
    ]);
    if (needed) {
      throw redirect({ to: "/setup", replace: true });
    }
    if (me) {
      throw redirect({ href: search.next ?? "/hours", replace: true });
    }
  },
  component: lazyRouteComponent(() => import("./front-routes"), "LoginRoute"),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  beforeLoad: async () => {
    const { needed } = await answer(api.GET("/api/v1/setup"));
    if (!needed) {
      throw redirect({ to: "/login", replace: true });
    }
  },
  component: lazyRouteComponent(() => import("./front-routes"), "SetupRoute"),
});

const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation/$token",
  component: lazyRouteComponent(() => import("./front-routes"), "InvitationRoute"),
});

/** Everything behind the login. */
const signedInRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  beforeLoad: async ({ context, location }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    if (!me) {
      throw redirect({
        to: "/login",
        search: location.href === "/" || location.href === "/hours" ? {} : { next: location.href },
        replace: true,
      });
    }
  },
  component: function SignedIn() {
    const { data: me } = useQuery(meQuery);
    return me ? (
      <MeProvider value={me}>
        <Shell>
          <Outlet />
        </Shell>
      </MeProvider>
    ) : (
      <Splash />
    );
  },
});

const indexRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/hours", replace: true });
  },
});

const calendarOfDay: DayLink = (date, parts) => (
  <Link to="/hours/calendar" search={{ date, view: "day" }} {...parts} />
);

const hoursRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours",
  validateSearch: readHoursFilter,
  component: function HoursRoute() {
    const filter = hoursRoute.useSearch();
    const navigate = hoursRoute.useNavigate();
    return (
      <HoursPage
        filter={filter}
        onFilter={(next, replace = false) =>
          void navigate({ search: withoutBlanks(next), replace, resetScroll: false })
        }
        dayLink={calendarOfDay}
      />
    );
  },
});

const overviewRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours/overview",
  validateSearch: (search: Record<string, unknown>) =>
    writeOverviewChoice(readOverviewChoice(search)),
  component: lazyRouteComponent(() => import("./overview-route"), "OverviewRoute"),
});

const calendarRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours/calendar",
  validateSearch: readCalendarChoice,
  component: lazyRouteComponent(() => import("./calendar-route"), "CalendarRoute"),
});

const weekRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours/week",
  validateSearch: readWeekChoice,
  component: lazyRouteComponent(() => import("./week-route"), "WeekRoute"),
});

const timesheetsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours/timesheets",
  validateSearch: ({ view, show }: Record<string, unknown>): TimesheetsChoice => ({
    ...(view === "everybody" || view === "locked" ? { view } : {}),
    ...(show === "missing" || show === "approved" || show === "returned" ? { show } : {}),
  }),
  component: lazyRouteComponent(() => import("./timesheets-route"), "TimesheetsRoute"),
});

const binRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours/bin",
  component: lazyRouteComponent(() => import("@/features/timetracking/bin-page"), "BinPage"),
});

/** Which of the three lists is shown, and of which kind. */
interface CatalogueSearch {
  readonly tab?: "clients" | "tags";
  readonly show?: "archived";
}

const projectsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/projects",
  validateSearch: ({ tab, show }: Record<string, unknown>): CatalogueSearch => ({
    ...(tab === "clients" || tab === "tags" ? { tab } : {}),
    ...(show === "archived" ? { show } : {}),
  }),
  component: lazyRouteComponent(() => import("./projects-route"), "ProjectsRoute"),
});

const checksRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours/checks",
  validateSearch: (search: Record<string, unknown>): ChecksFilter => {
    const year = wholeNumber(search.year, 1970, 2098);
    const month = wholeNumber(search.month, 1, 12);
    const view = search.view === "kept" || search.view === "repairs" ? search.view : undefined;
    return {
      ...(year === undefined || month === undefined ? {} : { year, month }),
      ...(view === undefined ? {} : { view }),
    };
  },
  component: lazyRouteComponent(() => import("./checks-route"), "ChecksRoute"),
});

const settingsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings-routes"), "SettingsRoute"),
});

const settingsIndexRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/profile", replace: true });
  },
});

const profileRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/profile",
  component: lazyRouteComponent(() => import("@/features/accounts/profile-page"), "ProfilePage"),
});

const tokensRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/tokens",
  component: lazyRouteComponent(() => import("@/features/accounts/tokens-page"), "TokensPage"),
});

const calendarFeedsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/calendar-feeds",
  component: lazyRouteComponent(
    () => import("@/features/accounts/calendar-feeds-page"),
    "CalendarFeedsPage",
  ),
});

const importRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/import",
  component: lazyRouteComponent(() => import("@/features/timetracking/import-page"), "ImportPage"),
});

const webhooksRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/webhooks",
  component: lazyRouteComponent(() => import("./webhook-routes"), "WebhooksRoute"),
});

const webhookRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/webhooks/$webhookId",
  component: lazyRouteComponent(() => import("./webhook-routes"), "WebhookRoute"),
});

const hoursSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/hours",
  component: lazyRouteComponent(
    () => import("@/features/timetracking/hours-settings-page"),
    "HoursSettingsPage",
  ),
});

const peopleRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/people",
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    if (me?.role !== "owner" && me?.role !== "admin") {
      throw redirect({ to: "/settings/profile", replace: true });
    }
  },
  component: lazyRouteComponent(() => import("@/features/accounts/people-page"), "PeoplePage"),
});

const routeTree = rootRoute.addChildren([
  loginRoute,
  setupRoute,
  invitationRoute,
  signedInRoute.addChildren([
    indexRoute,
    hoursRoute,
    overviewRoute,
    calendarRoute,
    timesheetsRoute,
    checksRoute,
    weekRoute,
    binRoute,
    projectsRoute,
    settingsRoute.addChildren([
      settingsIndexRoute,
      profileRoute,
      hoursSettingsRoute,
      tokensRoute,
      calendarFeedsRoute,
      importRoute,
      webhooksRoute,
      webhookRoute,
      peopleRoute,
    ]),
  ]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPendingMs: 400,
    defaultPendingComponent: Splash,
    defaultErrorComponent: CrashPage,
    defaultNotFoundComponent: NotFoundPage,
    scrollRestoration: true,
    parseSearch: parseFlatSearch,
    stringifySearch: writeFlatSearch,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

function readHoursFilter(search: Record<string, unknown>): HoursFilter {
  const year = wholeNumber(search.year, 1, 9999);
  const month = year === undefined ? undefined : wholeNumber(search.month, 1, 12);
  const { from, to } = search;
  const areDays = year === undefined && isKnownDate(from) && isKnownDate(to) && from < to;
  return withoutBlanks({
    year,
    month,
    ...(areDays ? { from, to } : {}),
    q: text(search.q),
    tag: text(search.tag),
    ...readFiling(search),
    person_id: isId(search.person_id) ? search.person_id : undefined,
  });
}

/** What is asked for wins over what is said to be missing. */
function readFiling(search: Record<string, unknown>): HoursFilter {
  const project_id = isId(search.project_id) ? search.project_id : undefined;
  const client_id = isId(search.client_id) ? search.client_id : undefined;
  const missing = String(search.without ?? "").split(",");
  const without = [
    ...(missing.includes("project") && !project_id && !client_id ? (["project"] as const) : []),
    ...(missing.includes("tag") && !text(search.tag) ? (["tag"] as const) : []),
  ];
  const billable = { true: true, false: false }[String(search.billable)];
  return { project_id, client_id, billable, ...(without.length > 0 ? { without } : {}) };
}

function withoutBlanks(filter: HoursFilter): HoursFilter {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""),
  );
}

function wholeNumber(value: unknown, least: number, most: number): number | undefined {
  const number = typeof value === "string" && /^\d{1,4}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= least && number <= most
    ? number
    : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Plain `?q=2026`, as people write addresses by hand; the router's own way would add quotes. */
function parseFlatSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

function writeFlatSearch(search: Record<string, unknown>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    if (value !== undefined && value !== null && value !== "") {
      params.set(key, String(value));
    }
  }
  const written = params.toString();
  return written === "" ? "" : `?${written}`;
}
