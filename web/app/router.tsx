/**
 * Every address of the page. Screens are loaded when they are first opened.
 *
 *   /                        → the inbox, view "open"
 *   /inbox/$view/$id?        conversations            (inside the shell: somebody is signed in)
 *   /mailboxes/$id           one mailbox              (shell)
 *   /settings/$section?      settings                 (shell)
 *   /explain                 an error text, explained (shell)
 *   /connect/new             the wizard               (signed in, without the sidebar)
 *   /connect/$link           a connection link, for anybody who has it
 *   /connect/failed          a sign-in came back that fits nothing
 *   /connect/consented       an administrator came back from consenting
 *   /sign-in /setup /invitation   before there is a session
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import type { Session } from "../api/gen/model/index.ts";
import { adoptLanguage, loadLaterTexts } from "./i18n.ts";
import { queryClient } from "./query-client.ts";
import { NotFound, ScreenError } from "./ScreenError.tsx";
import { isMember, sessionQuery } from "./session.ts";
import { Shell } from "./Shell.tsx";

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** What comes with a screen: its script, and the texts that the inbox does without. */
const withTexts = async <T,>(load: () => Promise<T>): Promise<T> =>
  (await Promise.all([load(), loadLaterTexts()]))[0];

const loadSession = (): Promise<Session> => queryClient.ensureQueryData(sessionQuery);

/** Sends those who are not signed in to where they must begin; they come back afterwards. */
async function requireMember({ location }: { location: { href: string } }): Promise<void> {
  const session = await loadSession();
  if (session.setupNeeded) throw redirect({ to: "/setup" });
  if (!isMember(session)) throw redirect({ to: "/sign-in", search: { to: location.href } });
  await adoptLanguage(session.user.language);
}

const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: ScreenError,
});

const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  beforeLoad: requireMember,
  component: Shell,
});

const homeRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/inbox/$view", params: { view: "open" }, replace: true });
  },
});

export interface InboxSearch {
  mailbox?: string | undefined;
  q?: string | undefined;
}

const inboxRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/inbox/$view",
  validateSearch: (search: Record<string, unknown>): InboxSearch => ({
    mailbox: text(search["mailbox"]),
    q: text(search["q"]),
  }),
  component: lazyRouteComponent(() => import("../inbox/InboxPage.tsx"), "InboxPage"),
});

const conversationRoute = createRoute({ getParentRoute: () => inboxRoute, path: "$conversationId" });

const mailboxRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/mailboxes/$id",
  component: lazyRouteComponent(() => withTexts(() => import("../mailboxes/MailboxPage.tsx")), "MailboxPage"),
});

const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/settings/{-$section}",
  component: lazyRouteComponent(
    () => withTexts(() => import("../settings/SettingsPage.tsx")),
    "SettingsPage",
  ),
});

const explainRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/explain",
  component: lazyRouteComponent(() => withTexts(() => import("../explain/ExplainPage.tsx")), "ExplainPage"),
});

interface SignInSearch {
  /** Where to go on afterwards. */
  to?: string | undefined;
  /** One was signed in until now. */
  ended?: 1 | undefined;
}

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): SignInSearch => ({
    to: text(search["to"]),
    ended: search["ended"] === undefined ? undefined : 1,
  }),
  beforeLoad: async () => {
    const session = await loadSession();
    if (session.setupNeeded) throw redirect({ to: "/setup" });
    if (isMember(session)) throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => import("./SignIn.tsx"), "SignIn"),
});

const setupRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  beforeLoad: async () => {
    if (!(await loadSession()).setupNeeded) throw redirect({ to: "/" });
  },
  component: lazyRouteComponent(() => withTexts(() => import("../setup/SetupPage.tsx")), "SetupPage"),
});

/** An invitation; its token stands in the fragment, which no server's log sees. */
const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invitation",
  component: lazyRouteComponent(() => withTexts(() => import("../setup/JoinPage.tsx")), "JoinPage"),
});

/** The wizard's place is in its address, so that a reload or the way back from Microsoft goes on where it was. */
export interface WizardSearch {
  /** A connection attempt that is under way. */
  attempt?: string | undefined;
  /** A mailbox that exists: its folders are to be chosen, or it is to be reconnected. */
  mailbox?: string | undefined;
  step?: string | undefined;
  address?: string | undefined;
  provider?: string | undefined;
}

const wizardSearch = (search: Record<string, unknown>): WizardSearch => ({
  attempt: text(search["attempt"]),
  mailbox: text(search["mailbox"]),
  step: text(search["step"]),
  address: text(search["address"]),
  provider: text(search["provider"]),
});

const connectNewRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/connect/new",
  beforeLoad: requireMember,
  validateSearch: wizardSearch,
  component: lazyRouteComponent(() => withTexts(() => import("../connect/WizardPage.tsx")), "WizardPage"),
});

const connectFailedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/connect/failed",
  validateSearch: (search: Record<string, unknown>): { reason?: string | undefined } => ({
    reason: text(search["reason"]),
  }),
  component: lazyRouteComponent(() => withTexts(() => import("../connect/FailedPage.tsx")), "FailedPage"),
});

const connectConsentedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/connect/consented",
  validateSearch: (search: Record<string, unknown>): { answer?: string | undefined } => ({
    answer: text(search["answer"]),
  }),
  component: lazyRouteComponent(
    () => withTexts(() => import("../connect/ConsentedPage.tsx")),
    "ConsentedPage",
  ),
});
const connectLinkRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/connect/$link",
  component: lazyRouteComponent(() => withTexts(() => import("../connect/LinkPage.tsx")), "LinkPage"),
});

const routeTree = rootRoute.addChildren([
  shellRoute.addChildren([
    homeRoute,
    inboxRoute.addChildren([conversationRoute]),
    mailboxRoute,
    settingsRoute,
    explainRoute,
  ]),
  signInRoute,
  setupRoute,
  joinRoute,
  connectNewRoute,
  connectFailedRoute,
  connectConsentedRoute,
  connectLinkRoute,
]);

export const router = createRouter({
  routeTree,
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: ScreenError,
  scrollRestoration: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
