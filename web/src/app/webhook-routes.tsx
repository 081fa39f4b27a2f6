import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { WebhookPage } from "@/features/webhooks/webhook-page";
import { WebhooksPage } from "@/features/webhooks/webhooks-page";

export function WebhooksRoute() {
  return (
    <WebhooksPage
      webhookLink={(id, children, className) => (
        <Link to="/settings/webhooks/$webhookId" params={{ webhookId: id }} className={className}>
          {children}
        </Link>
      )}
    />
  );
}

export function WebhookRoute() {
  const { webhookId } = useParams({ from: "/signed-in/settings/webhooks/$webhookId" });
  const navigate = useNavigate();
  return (
    <WebhookPage
      key={webhookId}
      webhookId={webhookId}
      backLink={(children, className) => (
        <Link to="/settings/webhooks" className={className}>
          {children}
        </Link>
      )}
      onDeleted={() => void navigate({ to: "/settings/webhooks", replace: true })}
    />
  );
}
