import { type QueryClient, useQuery } from "@tanstack/react-query";
import {
  type AnyRouter,
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { answer, api } from "@/api/client";
import { MeProvider, meQuery } from "@/api/me";
import { readSearchAddress } from "@/features/sequences/search-choice";
import { readSequenceFilter } from "@/features/sequences/sequence-address";
import type { LabourChoice } from "@/features/shifts/labour-rules-page";
import { readLeaveChoice } from "@/features/shifts/leave-choice";
import type { PlannedChoice } from "@/features/shifts/planned-hours-page";
import { isShownDate, readRosterChoice } from "@/features/shifts/roster-choice";
import { readBalanceChoice } from "@/features/timetracking/balance-choice";
import { readCalendarChoice, readWeekChoice } from "@/features/timetracking/calendar-choice";
import type { ChecksFilter } from "@/features/timetracking/check-queries";
import {
  isId,
  readOverviewChoice,
  writeOverviewChoice,
} from "@/features/timetracking/overview-choice";
import type { RatesChoice } from "@/features/timetracking/rates-page";
import type { TimesheetsChoice } from "@/features/timetracking/timesheets-page";
import { Announcer } from "@/ui/announcer";
import { CrashPage, NotFoundPage, Splash } from "./fallback-pages";
import { readHoursFilter, wholeNumber } from "./hours-search";
import { firstPlace, isSwitchedOn } from "./navigation";
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

/** Sends members elsewhere from pages that are the managers'. */
async function requireManager(
  queryClient: QueryClient,
  elsewhere: "/settings/profile" | "/shifts",
) {
  const me = await queryClient.ensureQueryData(meQuery);
  if (!me || me.role === "member") {
    throw redirect({ to: elsewhere, replace: true });
  }
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
      throw redirect({ href: search.next ?? "/", replace: true });
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
    if (!isSwitchedOn(location.pathname, me)) {
      throw redirect({ to: "/", replace: true });
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
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    throw redirect({ to: me ? firstPlace(me) : "/login", replace: true });
  },
});

const hoursRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours",
  validateSearch: readHoursFilter,
  component: lazyRouteComponent(() => import("./hours-route"), "HoursRoute"),
});

const overviewRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours/overview",
  validateSearch: (search: Record<string, unknown>) =>
    writeOverviewChoice(readOverviewChoice(search)),
  component: lazyRouteComponent(() => import("./overview-route"), "OverviewRoute"),
});

const balanceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/hours/balance",
  validateSearch: readBalanceChoice,
  component: lazyRouteComponent(() => import("./balance-route"), "BalanceRoute"),
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
      ...(isId(search.person_id) ? { person_id: search.person_id } : {}),
    };
  },
  component: lazyRouteComponent(() => import("./checks-route"), "ChecksRoute"),
});

const rosterRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts",
  validateSearch: readRosterChoice,
  component: lazyRouteComponent(() => import("./shift-routes"), "RosterRoute"),
});

const myShiftsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/mine",
  component: lazyRouteComponent(() => import("./request-routes"), "MyShiftsRoute"),
});

const openShiftsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/open",
  component: lazyRouteComponent(() => import("./request-routes"), "OpenShiftsRoute"),
});

const requestsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/requests",
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient.ensureQueryData(meQuery);
    if (me?.role === "member") {
      throw redirect({ to: "/shifts/mine", replace: true });
    }
  },
  component: lazyRouteComponent(() => import("./request-routes"), "RequestsRoute"),
});

const leaveRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/leave",
  validateSearch: readLeaveChoice,
  component: lazyRouteComponent(() => import("./leave-route"), "LeaveRoute"),
});

const employeesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/employees",
  component: lazyRouteComponent(() => import("@/features/shifts/employees-page"), "EmployeesPage"),
});

const patternsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/patterns",
  beforeLoad: ({ context }) => requireManager(context.queryClient, "/shifts"),
  component: lazyRouteComponent(() => import("./pattern-routes"), "PatternsRoute"),
});

/** `new`, or the id of a pattern. */
const patternRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/patterns/$patternId",
  beforeLoad: ({ context }) => requireManager(context.queryClient, "/shifts"),
  component: lazyRouteComponent(() => import("./pattern-routes"), "PatternRoute"),
});

const applyRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/patterns/$patternId/apply",
  beforeLoad: ({ context }) => requireManager(context.queryClient, "/shifts"),
  component: lazyRouteComponent(() => import("./pattern-routes"), "ApplyRoute"),
});

const plannedHoursRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/shifts/planned",
  validateSearch: ({ period, date }: Record<string, unknown>): PlannedChoice => ({
    ...(period === "week" || period === "year" ? { period } : {}),
    ...(isShownDate(date) ? { date } : {}),
  }),
  component: lazyRouteComponent(() => import("./planning-routes"), "PlannedHoursRoute"),
});

const sequencesRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/sequences",
  validateSearch: readSequenceFilter,
  component: lazyRouteComponent(() => import("./sequences-routes"), "SequencesRoute"),
});

const collectionsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/sequences/collections",
  component: lazyRouteComponent(() => import("./sequences-routes"), "CollectionsRoute"),
});

const searchRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/sequences/search",
  validateSearch: readSearchAddress,
  component: lazyRouteComponent(() => import("./sequences-routes"), "SearchRoute"),
});

const importsRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/sequences/imports",
  component: lazyRouteComponent(() => import("./sequences-routes"), "ImportsRoute"),
});

const oneImportRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/sequences/imports/$importId",
  component: lazyRouteComponent(() => import("./sequences-routes"), "ImportRoute"),
});

const sequenceRoute = createRoute({
  getParentRoute: () => signedInRoute,
  path: "/sequences/$sequenceId",
  component: lazyRouteComponent(() => import("./sequences-routes"), "SequenceRoute"),
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

const ratesRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/rates",
  validateSearch: ({ person_id, project_id }: Record<string, unknown>): RatesChoice => ({
    ...(isId(person_id) ? { person_id } : {}),
    ...(isId(project_id) ? { project_id } : {}),
  }),
  component: lazyRouteComponent(() => import("./rates-route"), "RatesRoute"),
});

const shiftSettingsRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/shifts",
  beforeLoad: ({ context }) => requireManager(context.queryClient, "/settings/profile"),
  component: lazyRouteComponent(
    () => import("@/features/shifts/shift-settings-page"),
    "ShiftSettingsPage",
  ),
});

const labourRulesRoute = createRoute({
  getParentRoute: () => settingsRoute,
  path: "/labour-rules",
  validateSearch: ({ month, show }: Record<string, unknown>): LabourChoice => ({
    ...(isShownDate(`${month}-01`) ? { month: String(month) } : {}),
    ...(show === "open" || show === "overridden" ? { show } : {}),
  }),
  beforeLoad: ({ context }) => requireManager(context.queryClient, "/settings/profile"),
  component: lazyRouteComponent(() => import("./planning-routes"), "LabourRulesRoute"),
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
    balanceRoute,
    calendarRoute,
    timesheetsRoute,
    checksRoute,
    rosterRoute,
    myShiftsRoute,
    openShiftsRoute,
    requestsRoute,
    leaveRoute,
    employeesRoute,
    patternsRoute,
    patternRoute,
    applyRoute,
    plannedHoursRoute,
    weekRoute,
    binRoute,
    projectsRoute,
    sequencesRoute,
    collectionsRoute,
    searchRoute,
    importsRoute,
    oneImportRoute,
    sequenceRoute,
    settingsRoute.addChildren([
      settingsIndexRoute,
      profileRoute,
      hoursSettingsRoute,
      ratesRoute,
      shiftSettingsRoute,
      labourRulesRoute,
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
  const router = createRouter({
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
  loadCodeOf(router, window.location.pathname);
  return router;
}

/** Fetches the code of the first page while it is still being asked who is signed in. */
function loadCodeOf(router: AnyRouter, pathname: string) {
  const [routes] = router.getMatchedRoutes(pathname === "/" ? "/hours" : pathname);
  for (const route of routes) {
    // What could not be fetched is fetched again, and told of, when it is shown.
    void router.loadRouteChunk(route)?.catch(() => undefined);
  }
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
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
