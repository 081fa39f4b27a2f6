import { usePageTitle } from "@/ui/page-title";
import { FrontPage } from "./front-page";
import { LoginForm } from "./login-form";

export function LoginPage({ onSignedIn }: { onSignedIn: () => void }) {
  usePageTitle("Sign in");
  return (
    <FrontPage title="Sign in">
      <LoginForm onSignedIn={onSignedIn} />
    </FrontPage>
  );
}
