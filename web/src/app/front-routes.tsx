/** The doors: the pages before somebody is signed in, tied to the router. */
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { InvitationPage } from "@/features/accounts/invitation-page";
import { LoginPage } from "@/features/accounts/login-page";
import { SetupPage } from "@/features/accounts/setup-page";

const login = getRouteApi("/login");
const invitation = getRouteApi("/invitation/$token");

export function LoginRoute() {
  const router = useRouter();
  const { next } = login.useSearch();
  return <LoginPage onSignedIn={() => router.history.replace(next ?? "/")} />;
}

export function SetupRoute() {
  const router = useRouter();
  return <SetupPage onDone={() => router.history.replace("/")} />;
}

export function InvitationRoute() {
  const router = useRouter();
  const { token } = invitation.useParams();
  return <InvitationPage token={token} onDone={() => router.history.replace("/")} />;
}
